import Digest
internal import GRDB
import Glibc
internal import PosixFile
import Synchronization

/// `text.sqlite`: texts that were made of cached bodies, beside the cache. Each can be made again, so nothing of it is ever an error: what cannot
/// be read or is damaged is not there.
///
/// A text counts for the octets that it was made of, by their digest, and for the form that all texts of the file have: one of another form, or
/// a damaged one, is removed. Its octets are apart (`content`) from what is known of them (`text`), so that a size is had without them.
///
/// The lock is held while the file is opened, never while it is read or written.
final class KeptTexts: Sendable {
    /// A text that is not written yet.
    struct Waiting {
        let source: [UInt8]
        let octets: [UInt8]
    }

    struct State {
        var queue: DatabaseQueue?
        var form = ""
        var waiting: [Int64: Waiting] = [:]
        var waitingOctets = 0
        var isWriting = false
        /// Closed, or it could not be opened.
        var isOver = false
        var isSwept = false
    }

    let state = Mutex(State())
    let size: Atomic<UInt64>
    let path: String
    let hasRoom: @Sendable (UInt64) -> Bool

    /// Octets that wait to be written; beyond, a text is not kept.
    private static let mostWaiting = 16 << 20

    /// - Parameter hasRoom: whether the disk has so many octets more.
    init(path: String, hasRoom: @escaping @Sendable (UInt64) -> Bool) {
        self.path = path
        self.hasRoom = hasRoom
        size = Atomic(["", "-wal"].reduce(0) { $0 &+ UInt64(clamping: FileNames.status(path + $1)?.st_size ?? 0) })
    }

    static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { FileNames.remove(path + suffix) }
    }

    /// Octets that the file takes.
    var octets: UInt64 { size.load(ordering: .relaxed) }

    // MARK: - One text

    /// The text of a message; nil where it is to be made.
    ///
    /// - Parameter source: the digest of the body that the message has.
    func text(_ id: Int64, of source: [UInt8], form: String) -> [UInt8]? {
        if let waiting = waiting(id, of: source, form: form) { return waiting }
        let sql = """
            SELECT t.source, t.size, t.digest, t.seal, c.octets FROM text AS t JOIN content AS c USING (id) WHERE t.id = ?
            """
        return read(form: form, sql, id) { row in
            guard let entry = Self.entry(row, id, of: source) else { return nil }
            let octets = row.bytes(4)
            return octets.count == Int(clamping: entry.size) && SHA256.hash(octets) == entry.digest ? octets : nil
        }
    }

    /// The length of a text; nil where it is to be made.
    func size(_ id: Int64, of source: [UInt8], form: String) -> UInt64? {
        if let waiting = waiting(id, of: source, form: form) { return UInt64(waiting.count) }
        return read(form: form, "SELECT source, size, digest, seal FROM text WHERE id = ?", id) { row in
            Self.entry(row, id, of: source).map { UInt64(clamping: $0.size) }
        }
    }

    /// Keeps a text. Returns at once: it is written beside what the caller does.
    func keep(_ octets: [UInt8], _ id: Int64, of source: [UInt8], form: String) {
        guard let queue = queue(form: form) else { return }
        let begins = state.withLock { state in
            guard state.queue === queue, !state.isOver, state.waitingOctets + octets.count <= Self.mostWaiting else {
                return false
            }
            let before = state.waiting.updateValue(Waiting(source: source, octets: octets), forKey: id)
            state.waitingOctets += octets.count - (before?.octets.count ?? 0)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { queue.asyncWriteWithoutTransaction { [weak self] db in self?.writeWaiting(db, queue) } }
    }

    private func waiting(_ id: Int64, of source: [UInt8], form: String) -> [UInt8]? {
        state.withLock { state in
            guard state.form == form, let waiting = state.waiting[id], waiting.source == source else { return nil }
            return waiting.octets
        }
    }

    /// - Parameter row: source, size, digest, seal.
    /// - Returns: nil where it is another body's, or not what was written.
    private static func entry(_ row: Query, _ id: Int64, of source: [UInt8]) -> (size: Int64, digest: [UInt8])? {
        let (size, digest) = (row.int(1), row.bytes(2))
        guard row.bytes(0) == source, row.int(3) == seal(id, source, size, digest) else { return nil }
        return (size, digest)
    }

    /// What is known of a text agrees with it: a size is believed without the octets.
    static func seal(_ id: Int64, _ source: [UInt8], _ size: Int64, _ digest: [UInt8]) -> Int64 {
        let hash = SHA256()
        withUnsafeBytes(of: (id.bigEndian, size.bigEndian)) { hash.update($0) }
        source.withUnsafeBytes { hash.update($0) }
        digest.withUnsafeBytes { hash.update($0) }
        return hash.finish().prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    private func read<Value>(form: String, _ sql: String, _ id: Int64, _ body: (Query) -> Value?) -> Value? {
        guard let queue = queue(form: form) else { return nil }
        var found: Value?
        attempt(queue) {
            found = try queue.unsafeRead { db in
                let query = try Query(db, sql)
                query.bind(1, id)
                return try query.first(body) ?? nil
            }
        }
        return found
    }
}
