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
    private struct Waiting {
        let source: [UInt8]
        let octets: [UInt8]
    }

    private struct State {
        var queue: DatabaseQueue?
        var form = ""
        var waiting: [Int64: Waiting] = [:]
        var waitingOctets = 0
        var isWriting = false
        /// Closed, or it could not be opened.
        var isOver = false
        var isSwept = false
    }

    private let state = Mutex(State())
    private let size: Atomic<UInt64>
    private let path: String
    private let hasRoom: @Sendable (UInt64) -> Bool

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
            guard state.queue === queue, state.waitingOctets + octets.count <= Self.mostWaiting else { return false }
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
    private static func seal(_ id: Int64, _ source: [UInt8], _ size: Int64, _ digest: [UInt8]) -> Int64 {
        let hash = SHA256()
        withUnsafeBytes(of: (id.bigEndian, size.bigEndian)) { hash.update($0) }
        source.withUnsafeBytes { hash.update($0) }
        digest.withUnsafeBytes { hash.update($0) }
        return hash.finish().prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    // MARK: - All of them

    /// Forgets the texts of these messages.
    func remove(_ ids: [Int64]) {
        state.withLock { state in
            for id in ids { state.waitingOctets -= state.waiting.removeValue(forKey: id)?.octets.count ?? 0 }
        }
        guard !ids.isEmpty, let queue = queue(form: nil) else { return }
        attempt(queue) {
            try queue.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    for sql in ["DELETE FROM text WHERE id = ?", "DELETE FROM content WHERE id = ?"] {
                        let query = try Query(db, sql)
                        for id in ids {
                            query.bind(1, id)
                            try query.run()
                        }
                    }
                    return .commit
                }
                // The disk gets back what they took.
                try Query(db, "PRAGMA incremental_vacuum").rows { _ in }
                try measure(db)
            }
        }
    }

    /// Forgets, once in a run, the texts of messages that `keeps` does not want.
    func sweep(keeping keeps: ([Int64]) throws -> Set<Int64>) rethrows {
        let isFirst = state.withLock { state in
            defer { state.isSwept = true }
            return !state.isSwept
        }
        guard isFirst, let queue = queue(form: nil) else { return }
        var last = Int64.min
        while true {
            var ids: [Int64] = []
            attempt(queue) {
                try queue.unsafeRead { db in
                    let query = try Query(db, "SELECT id FROM text WHERE id > ? ORDER BY id LIMIT 1000")
                    query.bind(1, last)
                    try query.rows { ids.append($0.int(0)) }
                }
            }
            guard let end = ids.last else { return }
            last = end
            let kept = try keeps(ids)
            remove(ids.filter { !kept.contains($0) })
        }
    }

    /// Returns when what was kept before is written, or given up.
    func waitUntilWritten() { state.withLock { $0.queue }?.writeWithoutTransaction { _ in } }

    /// Writes what waits. Texts are kept no more.
    func close() {
        let queue = state.withLock { state in
            state.isOver = true
            return state.queue
        }
        guard let queue else { return }
        queue.writeWithoutTransaction { db in
            writeWaiting(db, queue)
            _ = try? db.checkpoint(.truncate)
        }
        try? queue.close()
    }

    // MARK: - The file

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

    /// Runs on the queue, until nothing waits: what came meanwhile is one transaction.
    private func writeWaiting(_ db: Database, _ queue: DatabaseQueue) {
        while true {
            let waiting = state.withLock { state -> [Int64: Waiting] in
                guard state.queue === queue, !state.waiting.isEmpty else {
                    if state.queue === queue { state.isWriting = false }
                    return [:]
                }
                defer { (state.waiting, state.waitingOctets) = ([:], 0) }
                return state.waiting
            }
            if waiting.isEmpty { return }
            guard hasRoom(waiting.values.reduce(0) { $0 &+ UInt64($1.octets.count) }) else { continue }
            attempt(queue) { try write(waiting, db) }
        }
    }

    private func write(_ texts: [Int64: Waiting], _ db: Database) throws {
        try db.inTransaction(.immediate) {
            let entry = try Query(
                db, "INSERT OR REPLACE INTO text (id, source, size, digest, seal) VALUES (?, ?, ?, ?, ?)")
            let content = try Query(db, "INSERT OR REPLACE INTO content (id, octets) VALUES (?, ?)")
            for (id, text) in texts.sorted(by: { $0.key < $1.key }) {
                let (size, digest) = (Int64(text.octets.count), SHA256.hash(text.octets))
                entry.bind(1, id)
                entry.bind(2, text.source)
                entry.bind(3, size)
                entry.bind(4, digest)
                entry.bind(5, Self.seal(id, text.source, size, digest))
                try entry.run()
                content.bind(1, id)
                try text.octets.withUnsafeBytes { bytes in
                    content.lend(2, bytes)
                    try content.run()
                }
            }
            return .commit
        }
        try measure(db)
    }

    private func measure(_ db: Database) throws {
        let pages = try Query(db, "PRAGMA page_count").first { $0.int(0) } ?? 0
        let page = try Query(db, "PRAGMA page_size").first { $0.int(0) } ?? 0
        size.store(UInt64(clamping: pages.multipliedReportingOverflow(by: page).partialValue), ordering: .relaxed)
    }

    /// - Parameter form: that the texts must have; nil for any, where there is a file.
    private func queue(form: String?) -> DatabaseQueue? {
        state.withLock { state in
            if state.isOver { return nil }
            if let queue = state.queue, form == nil || form == state.form { return queue }
            if state.queue == nil, form == nil, !FileNames.exists(path) { return nil }
            if state.queue != nil { begin(&state) }
            for _ in 1...2 {
                if let (queue, found) = try? Self.open(path, form: form), form == nil || form == found {
                    (state.queue, state.form) = (queue, found)
                    return queue
                }
                begin(&state)
            }
            state.isOver = true
            return nil
        }
    }

    /// There is no file. Who reads the one before goes on with that.
    private func begin(_ state: inout State) {
        (state.queue, state.form, state.isWriting) = (nil, "", false)
        (state.waiting, state.waitingOctets) = ([:], 0)
        Self.remove(path)
        size.store(0, ordering: .relaxed)
    }

    /// Removes a file that is damaged.
    private func attempt(_ queue: DatabaseQueue, _ body: () throws -> Void) {
        do {
            try body()
        } catch let error as DatabaseError where error.meansDamage {
            state.withLock { if $0.queue === queue { begin(&$0) } }
        } catch {
            // A full disk, for one: it is made again when somebody asks.
        }
    }

    private static func open(_ path: String, form: String?) throws -> (DatabaseQueue, form: String) {
        let directory = String(path.dropLast("/text.sqlite".count))
        if !FileNames.exists(directory) { try PrivateDirectory.make(directory) }
        try PrivateDirectory.touch(path)
        let queue = try DatabaseQueue(path: path)
        let found = try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                    PRAGMA cache_size = -1000; PRAGMA journal_size_limit = 4194304;
                    CREATE TABLE IF NOT EXISTS form (text TEXT NOT NULL);
                    CREATE TABLE IF NOT EXISTS text (
                        id INTEGER PRIMARY KEY,
                        source BLOB NOT NULL,
                        size INTEGER NOT NULL,
                        digest BLOB NOT NULL,
                        seal INTEGER NOT NULL
                    );
                    CREATE TABLE IF NOT EXISTS content (id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
                    """)
            if let found = try Query(db, "SELECT text FROM form").first({ $0.text(0) }) { return found }
            try db.execute(sql: "INSERT INTO form VALUES (?)", arguments: [form ?? ""])
            return form ?? ""
        }
        return (queue, found)
    }
}
