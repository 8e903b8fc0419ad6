internal import Glibc
internal import Logging
internal import MailModel
internal import PosixFile
internal import Synchronization

/// Uploads whose octets may not be on the disk, told to all mounts of the user: `mv` from one account to another copies, then deletes, and the
/// deletion is not to outlive the copy when the power goes.
///
/// As long as there are such uploads, a directory that the mounts share has a link to the state directory. It is there before the call
/// returns that brings octets, and goes when they are on the disk. Whoever deletes has the file systems synchronised that the links lead
/// to, whether the programs that made them live or not. A program that lives gives its link the present time with everything that it tells,
/// and every second: what has had none for a minute, and not during that wait, is a dead one's, and goes.
final class UnsyncedUploads: Sendable {
    private struct Told {
        /// How often each was told of.
        var uploads: [MessageID: Int] = [:]
        var hasLink = false
    }

    private let told = Mutex(Told())
    private let waits = SharedWork<Int, Void>()
    /// Held while somebody waits for the disk; how many waits have begun.
    private let turn = Mutex(())
    private let begun = Atomic(0)
    private let directory: String?
    private let state: String
    private let logger: Logger
    private let began: @Sendable () -> Void

    /// - Parameters:
    ///   - directory: that the mounts share; nil where there is none: then nobody is told anything, nor asked.
    ///   - state: the state directory.
    ///   - began: called when there are some, and were none before.
    init(directory: String?, state: String, logger: Logger, began: @escaping @Sendable () -> Void) {
        self.directory = directory
        self.state = state
        self.logger = logger
        self.began = began
    }

    /// The octets of these may not be on the disk from here on.
    func tell(_ uploads: [MessageID]) {
        guard let directory, !uploads.isEmpty else { return }
        let isFirst = told.withLock { told in
            let isFirst = told.uploads.isEmpty
            for id in uploads { told.uploads[id, default: 0] += 1 }
            told.hasLink = told.hasLink && touch(in: directory) || link(in: directory)
            return isFirst
        }
        if isFirst { began() }
    }

    /// Has those on the disk that are at rest. What is told of meanwhile stays.
    ///
    /// - Returns: whether none is left.
    func settle(
        _ isAtRest: (MessageID) -> Bool, synchronise: ([MessageID]) throws -> Void
    ) rethrows -> Bool {
        guard let directory else { return true }
        let resting = told.withLock { $0.uploads }.filter { isAtRest($0.key) }
        if !resting.isEmpty { try synchronise(resting.keys.sorted()) }
        return told.withLock { told in
            for (id, count) in resting where told.uploads[id] == count { told.uploads[id] = nil }
            guard told.uploads.isEmpty else {
                told.hasLink = touch(in: directory) || link(in: directory)
                return false
            }
            // An earlier run may have left one.
            if let name = name(in: directory) { FileNames.remove(name) }
            FileNames.remove(directory: directory)
            told.hasLink = false
            return true
        }
    }

    /// Whether any mount has told of some that may not be on the disk.
    var areTold: Bool { directory.map { !FileNames.all(in: $0).isEmpty } ?? false }

    /// Returns when the uploads that any mount has told of are on the disk. Those who come while the disk is waited for share the next wait.
    ///
    /// - Throws: `FileError`; `CancellationError` as soon as the task is cancelled.
    func onDisk() async throws {
        try await waits.value(begun.load(ordering: .sequentiallyConsistent)) { [self] in
            try turn.withLock { _ in
                begun.add(1, ordering: .sequentiallyConsistent)
                try awaitDisk()
            }
        }
    }

    /// Who waits.
    var waiterCount: Int { waits.waiterCount }

    private func awaitDisk() throws(FileError) {
        guard let directory else { return }
        var done: Set<dev_t> = []
        for name in FileNames.all(in: directory) {
            let mark = directory + "/" + name
            let status = FileNames.status(mark)
            let place: FileDescriptor
            do throws(FileError) {
                place = try FileDescriptor(opening: mark, O_RDONLY | O_DIRECTORY)
            } catch  where Self.unreachable.contains(error.code) {
                // The directory is gone, or its disk: no waiting brings anything there.
                if error.code == ENOENT { removeDead(mark, status) }
                continue
            }
            if done.insert(try place.status().st_dev).inserted { try place.synchroniseFileSystem() }
            removeDead(mark, status)
        }
        // If none is left.
        FileNames.remove(directory: directory)
    }

    /// - Parameter status: before the disk was waited for.
    private func removeDead(_ mark: String, _ status: stat?) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        guard let status, now.tv_sec - status.st_mtim.tv_sec > Self.longestSilence,
            let later = FileNames.status(mark), later.st_mtim.tv_sec == status.st_mtim.tv_sec,
            later.st_mtim.tv_nsec == status.st_mtim.tv_nsec
        else { return }
        FileNames.remove(mark)
    }

    /// Seconds.
    private static let longestSilence = 60

    /// - Returns: false where there is no link.
    private func touch(in directory: String) -> Bool {
        name(in: directory).map { utimensat(AT_FDCWD, $0, nil, AT_SYMLINK_NOFOLLOW) == 0 } ?? false
    }

    private static let unreachable = [
        ENOENT, ENOTDIR, ELOOP, ENOTCONN, ESTALE, EACCES, EIO, ENXIO, ENODEV, EHOSTDOWN, EHOSTUNREACH, ETIMEDOUT,
    ]

    /// The same in each run, and another for each state directory.
    private func name(in directory: String) -> String? {
        FileNames.status(state).map { "\(directory)/\($0.st_dev)-\($0.st_ino)" }
    }

    private func link(in directory: String) -> Bool {
        guard let name = name(in: directory) else { return false }
        // Another mount that has none left removes the directory at this moment perhaps.
        for attempt in 1...10 {
            do throws(FileError) {
                try makeDirectories(to: directory)
                FileNames.remove(name)
                try FileNames.link(symbolicallyTo: state, as: name)
                return true
            } catch {
                if error.code == ENOENT, attempt < 10 { continue }
                logger.warning("other mounts do not wait for uploads to be on the disk: \(error)")
                return false
            }
        }
        return false
    }

    private func makeDirectories(to directory: String) throws(FileError) {
        var path = ""
        for part in directory.split(separator: "/") {
            path += "/" + part
            if !FileNames.exists(path) { try FileNames.makeDirectory(path) }
        }
    }
}
