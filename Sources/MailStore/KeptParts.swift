import Digest
import Glibc
internal import PosixFile
import Synchronization

/// `parts/`: parts of messages that are not cached whole, a file each, beside the cache. Each can be fetched again, so nothing of it is ever an
/// error: what cannot be read or is damaged is not there.
///
/// A file is called `<id>.<name>`, and holds a digest of its name, of the message's length and of what follows it. A part is used when its file
/// is read: that is its time.
///
/// The lock is held while a name is noted, never while a file is read or written.
final class KeptParts: Sendable {
    private struct Entry {
        /// Of the file.
        var size: UInt64
        /// Seconds since 1970.
        var used: Int64
    }

    private struct State {
        var entries: [Int64: [String: Entry]] = [:]
        var octets: UInt64 = 0
    }

    private let state = Mutex(State())
    private let root: String
    private let now: @Sendable () -> Int64
    private let hasRoom: @Sendable (UInt64) -> Bool
    private let temporary: @Sendable () -> String

    private static let digestLength: UInt64 = 32

    /// - Parameters:
    ///   - temporary: a path of the same file system that nothing has.
    ///   - hasRoom: whether the disk has so many octets more.
    init(
        cache: String, isNew: Bool, now: @escaping @Sendable () -> Int64, temporary: @escaping @Sendable () -> String,
        hasRoom: @escaping @Sendable (UInt64) -> Bool
    ) {
        root = cache + "/parts"
        self.now = now
        self.temporary = temporary
        self.hasRoom = hasRoom
        if isNew { for name in FileNames.all(in: root) { FileNames.remove(root + "/" + name) } }
        let found = FileNames.all(in: root).compactMap { name -> (Int64, String, Entry)? in
            let halves = name.split(separator: ".", maxSplits: 1)
            guard halves.count == 2, let id = Int64(halves[0]), let status = FileNames.status(root + "/" + name) else {
                return nil
            }
            let entry = Entry(size: UInt64(clamping: status.st_size), used: Int64(status.st_mtim.tv_sec))
            return (id, String(halves[1]), entry)
        }
        state.withLock { state in
            for (id, name, entry) in found {
                state.entries[id, default: [:]][name] = entry
                state.octets &+= entry.size
            }
        }
    }

    /// Octets that the files take.
    var octets: UInt64 { state.withLock { $0.octets } }

    /// What was kept under a name; nil where there is nothing.
    ///
    /// - Parameter length: octets of the message.
    func part(_ name: String, of id: Int64, length: UInt64) -> [UInt8]? {
        guard state.withLock({ $0.entries[id]?[name] != nil }) else { return nil }
        let path = path(id, name)
        guard let octets = try? FileDescriptor(reading: path).contents(), octets.count >= Self.digestLength,
            Array(octets.prefix(Int(Self.digestLength)))
                == Self.digest(name, id, length, octets.dropFirst(Int(Self.digestLength)))
        else {
            remove(name, of: id)
            return nil
        }
        let time = now()
        state.withLock { $0.entries[id]?[name]?.used = time }
        Self.setModified(path, time)
        return Array(octets.dropFirst(Int(Self.digestLength)))
    }

    /// Octets of what is kept under a name, without reading it.
    func size(_ name: String, of id: Int64) -> UInt64? {
        state.withLock { $0.entries[id]?[name]?.size }.flatMap {
            $0 >= Self.digestLength ? $0 - Self.digestLength : nil
        }
    }

    func keep(_ octets: [UInt8], _ name: String, of id: Int64, length: UInt64) {
        let size = UInt64(octets.count) + Self.digestLength
        guard hasRoom(size) else { return }
        let temporary = temporary()
        do {
            try FileNames.makeDirectory(root)
            let file = try FileDescriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            try Self.digest(name, id, length, octets[...]).withUnsafeBytes { try file.write($0) }
            try octets.withUnsafeBytes { try file.write($0) }
            try FileNames.rename(temporary, to: path(id, name))
        } catch {
            return FileNames.remove(temporary)
        }
        let entry = Entry(size: size, used: now())
        state.withLock { state in
            let before = state.entries[id, default: [:]].updateValue(entry, forKey: name)
            state.octets = state.octets &+ size &- (before?.size ?? 0)
        }
    }

    /// The messages that have any.
    var ids: [Int64] { state.withLock { Array($0.entries.keys) } }

    func remove(allOf ids: some Sequence<Int64>) {
        for id in ids {
            for name in state.withLock({ Array($0.entries[id, default: [:]].keys) }) { remove(name, of: id) }
        }
    }

    /// Removes those that were used last before a time in seconds since 1970, the oldest first, until so many octets are freed.
    ///
    /// - Returns: Octets that were given up.
    func remove(usedBefore time: Int64, atMost octets: UInt64) -> UInt64 {
        let old = state.withLock { state in
            state.entries.flatMap { id, names in
                names.compactMap { name, entry in entry.used < time ? (id: id, name: name, entry: entry) : nil }
            }
        }
        var freed: UInt64 = 0
        for (id, name, entry) in old.sorted(by: { ($0.entry.used, $0.id) < ($1.entry.used, $1.id) })
        where freed < octets {
            remove(name, of: id)
            freed &+= entry.size
        }
        return freed
    }

    private func remove(_ name: String, of id: Int64) {
        state.withLock { state in
            guard let gone = state.entries[id]?.removeValue(forKey: name) else { return }
            state.octets = state.octets > gone.size ? state.octets - gone.size : 0
            if state.entries[id]?.isEmpty == true { state.entries[id] = nil }
        }
        FileNames.remove(path(id, name))
    }

    private static func setModified(_ path: String, _ time: Int64) {
        let times = [timespec(tv_sec: Int(time), tv_nsec: 0), timespec(tv_sec: Int(time), tv_nsec: 0)]
        utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW)
    }

    private func path(_ id: Int64, _ name: String) -> String { "\(root)/\(id).\(name)" }

    private static func digest(_ name: String, _ id: Int64, _ length: UInt64, _ octets: ArraySlice<UInt8>) -> [UInt8] {
        let hash = SHA256()
        withUnsafeBytes(of: (id.bigEndian, length.bigEndian)) { hash.update($0) }
        Array(name.utf8 + [0]).withUnsafeBytes { hash.update($0) }
        octets.withUnsafeBytes { hash.update($0) }
        return hash.finish()
    }
}
