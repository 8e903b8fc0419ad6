import Digest
import Glibc
public import MailModel
internal import PosixFile
import Synchronization

/// A body on its way to the disk, hashed as it comes. What is not given to `MailStore.adoptBodies` leaves nothing behind.
public final class BodyWriter: Sendable {
    /// Reached under the mutex only, and keeps no reference to what it is given.
    private struct Digest: @unchecked Sendable {
        let sha256 = SHA256()
    }
    private struct State: Sendable {
        var file: FileDescriptor?
        let digest = Digest()
        var size: UInt64 = 0
        var sha256: [UInt8] = []
        var room: UInt64 = 0
        /// There may be a file of this name.
        var hasName = true
    }

    let path: String
    private let directory: BodyDirectory
    private let state: Mutex<State>

    /// - Throws: `FileError`.
    init(_ directory: BodyDirectory) throws(FileError) {
        self.directory = directory
        path = directory.temporaryPath()
        let file = try directory.makeTemporary(path)
        var initial = State()
        initial.file = file
        state = Mutex(initial)
    }

    deinit { removeName() }

    private func removeName() {
        if state.withLock({ $0.hasName }) { FileNames.remove(path) }
    }

    /// The file has another name now.
    func wasPlaced() { state.withLock { $0.hasName = false } }

    /// Octets written so far.
    public var size: UInt64 { state.withLock { $0.size } }

    /// Adds octets.
    ///
    /// - Throws: `noSpace` when the disk's reserve is reached: abort and stream instead; `io`; `closed` after `abort`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        try MailStoreError.naming {
            try append(bytes)
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        try state.withLock { state in
            guard let file = state.file, state.sha256.isEmpty else { throw MailStoreError.closed }
            let count = UInt64(bytes.count)
            if state.room < count {
                try directory.checkSpace(for: count)
                // Looked at again after each mebibyte.
                state.room = count &+ 1 << 20
            }
            try file.write(bytes)
            state.room &-= count
            state.digest.sha256.update(bytes)
            state.size &+= count
        }
    }

    /// The first octets that were written, at most `count`; none where they cannot be read.
    public func prefix(_ count: Int) -> [UInt8] {
        (try? state.withLock { $0.file }?.prefix(count)) ?? []
    }

    /// What was written, open for reading; it stays readable whatever becomes of the body. nil where it was given up.
    public func reopen() -> BodyFile? {
        state.withLock { state in state.file.map { BodyFile($0, size: state.size) } }
    }

    /// Gives the body up.
    public func abort() {
        state.withLock { $0.file = nil }
        FileNames.remove(path)
    }

    /// Ends writing; the file stays open until this object goes.
    ///
    /// - Throws: `closed` after `abort`.
    func finish() throws -> (size: UInt64, sha256: [UInt8]) {
        try state.withLock { state throws(MailStoreError) in
            if state.sha256.isEmpty {
                guard state.file != nil else { throw .closed }
                state.sha256 = state.digest.sha256.finish()
            }
            return (state.size, state.sha256)
        }
    }
}

/// A body that arrived whole: the caller has compared its length with what was announced.
public struct FinishedBody: Sendable {
    public enum Content: Sendable {
        /// Written piece by piece.
        case file(BodyWriter)
        /// Small enough to be held.
        case bytes([UInt8])
    }

    public var id: MessageID
    public var content: Content

    public init(id: MessageID, content: Content) {
        self.id = id
        self.content = content
    }
}
