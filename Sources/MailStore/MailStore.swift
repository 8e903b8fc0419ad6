internal import CLinux
internal import GRDB
import Glibc
public import MailModel
internal import PosixFile
import Synchronization

/// The durable index of an account and the files of the bodies that were read.
///
/// Two directories: `cache` holds what the server can give again, `state` what it cannot (names and ids given). Either may be lost
/// alone. All calls block; all may come from any thread; none may be made from within a closure that the store calls.
///
/// ```
/// let store = try MailStore(cache: cache, state: state, account: "me@imap.example.org:993", limits: StoreLimits(),
///     naming: naming, now: now)
/// try store.apply(batch) { changes in tree.apply(changes) }
/// ```
///
/// Locks, outermost first: the writer of the database, then any one of the small mutexes, which are never held together.
public final class MailStore: Sendable {
    let pool: DatabasePool
    let limits: StoreLimits
    let naming: any MessageNaming
    let now: @Sendable () -> Int64
    let flagTable = FlagTable()
    let bodies: BodyDirectory
    let usage: BodyUsage
    let texts: KeptTexts
    let parts: KeptParts
    let spool: SpoolDirectory
    let indexPath: String
    let statePath: String
    /// The path of a tag, not of this program, by which backup programs leave out what the server cannot give again; nil where there is none.
    public let tagAboveState: String?
    /// Of the databases, when they were opened.
    let identities: [String: FileIdentity]
    private let locks: Mutex<[LockFile]>
    private let isClosed = Mutex(false)
    let claims = Mutex(SizeClaims())
    let stranded = Mutex<[MessageID]>([])
    /// The index may have a commit that the state has not.
    let mayDiffer = Atomic(false)
    let untold = Mutex(UntoldChanges())
    /// Of the folder that is being listed.
    let knownNames = Mutex<KnownNames?>(nil)

    /// Opens both directories and makes what is missing, with modes 0700 and 0600. A damaged index is set aside and begun anew.
    ///
    /// - Parameters:
    ///   - cache: Absolute path; may be the parent of `state`, and is then not tagged as a cache itself.
    ///   - account: Names the account, so that directories are never used for another: `user@host:port`.
    ///   - now: Seconds since 1970.
    /// - Throws: `MailStoreError`.
    public init(
        cache: String, state: String, account: String, limits: StoreLimits, naming: any MessageNaming,
        now: @escaping @Sendable () -> Int64
    ) throws {
        let held = try MailStoreError.naming {
            try PrivateDirectory.open(cache)
            try PrivateDirectory.open(state)
            return [try LockFile(path: state + "/lock"), try LockFile(path: cache + "/cache.lock")]
        }
        self.limits = limits
        self.naming = naming
        self.now = now
        indexPath = cache + "/index.sqlite"
        statePath = state + "/state.sqlite"
        locks = Mutex(held)
        let database: StoreDatabase
        do {
            database = try StoreDatabase(cache: cache, state: state, account: account)
        } catch {
            throw MailStore.translated(error, indexPath: indexPath)
        }
        pool = database.pool
        identities = [indexPath, statePath].reduce(into: [:]) { $0[$1] = FileIdentity(of: $1) }
        (bodies, spool) = try MailStoreError.naming {
            (
                try BodyDirectory(cache: cache, reserve: limits.reserve, isNew: database.cacheIsNew),
                try SpoolDirectory(state: state)
            )
        }
        try MailStoreError.naming { try CacheTag.place(cache: cache, state: state) }
        tagAboveState = CacheTag.above(state)
        usage = BodyUsage(sweepPending: database.wasLeftOpen)
        let bodies = bodies
        texts = KeptTexts(path: MailStore.textsPath(beside: indexPath)) { octets in
            (try? bodies.checkSpace(for: octets)) != nil
        }
        parts = KeptParts(
            cache: cache, isNew: database.cacheIsNew, now: now, temporary: { bodies.temporaryPath() },
            hasRoom: { octets in (try? bodies.checkSpace(for: octets)) != nil })
        let flagTable = flagTable
        usage.total = try onWriter { db in
            try flagTable.load(db)
            try flagTable.trim(db)
            return try Query(db, "SELECT coalesce(sum(size), 0) FROM main.body").first { UInt64(clamping: $0.int(0)) }
                ?? 0
        }
        try sortSpool()
        let known = SizeClaims(try setting(Self.sizeClaimsKey))
        claims.withLock { $0 = known }
    }

    deinit { close() }

    /// Writes what was collected in memory and lets the directories go. Body files that are open stay readable. May be called again.
    public func close() {
        let first = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard first else { return }
        texts.close()
        try? pool.writeWithoutTransaction { db in
            try usage.flush(db, now: now())
            try db.execute(sql: "UPDATE main.meta SET value = 0 WHERE key = 'open'")
            try? restoreRemoved(db)
            // The last connection to close is a reader, which cannot move the logs into the files.
            try db.checkpoint(.truncate, on: "main")
            try db.checkpoint(.truncate, on: "state")
        }
        try? pool.close()
        locks.withLock { $0 = [] }
    }

    /// Gives back the memory that large work needed: a first listing, loading a long one. What SQLite keeps of pages is read again
    /// where it is needed.
    public func releaseMemory() {
        knownNames.withLock { $0 = nil }
        pool.releaseMemory()
        malloc_trim(0)
    }

    /// How much is stored. Reads whole tables.
    public func statistics() throws -> StoreStatistics {
        let sql = """
            SELECT (SELECT count(*) FROM state.folder WHERE limbo IS NULL), (SELECT coalesce(sum(messages), 0) FROM main.folder),
                (SELECT count(*) FROM main.body WHERE limbo IS NULL),
                (SELECT coalesce(sum(size), 0) FROM main.body WHERE limbo IS NULL),
                (SELECT count(*) FROM main.body WHERE limbo IS NOT NULL),
                (SELECT coalesce(sum(size), 0) FROM main.body WHERE limbo IS NOT NULL)
            """
        let octets = ["", "-wal"].flatMap { [indexPath + $0, statePath + $0] }.reduce(UInt64(0)) { sum, path in
            sum &+ UInt64(clamping: FileNames.status(path)?.st_size ?? 0)
        }
        let found = try onReader { db in
            try Query(db, sql).first { row in
                StoreStatistics(
                    folders: Int(clamping: row.int(0)), messages: Int(clamping: row.int(1)),
                    bodies: Int(clamping: row.int(2)), bodyOctets: UInt64(clamping: row.int(3)),
                    limboBodies: Int(clamping: row.int(4)), limboOctets: UInt64(clamping: row.int(5)),
                    databaseOctets: octets)
            }
        }
        return try found ?? { throw MailStoreError.closed }()
    }

    /// A small fact that was stored under `key`; nil if none was. Lost together with the cache.
    public func setting(_ key: String) throws -> String? {
        try onReader { db in
            let query = try Query(db, "SELECT value FROM main.setting WHERE key = ?")
            query.bind(1, key)
            return try query.first { $0.text(0) }
        }
    }

    /// Keeps a small fact, or forgets it for nil.
    public func setSetting(_ key: String, _ value: String?) throws {
        try inTransaction { db in
            let sql =
                value == nil
                ? "DELETE FROM main.setting WHERE key = ?" : "INSERT OR REPLACE INTO main.setting VALUES (?, ?)"
            let query = try Query(db, sql)
            query.bind(1, key)
            if let value { query.bind(2, value) }
            try query.run()
        } then: { _ in
        }
    }
}

// MARK: - Connections

extension MailStore {
    /// Runs `body` on the writer, after all that was given to it before.
    func onWriter<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try pool.writeWithoutTransaction { db in
                guard !isClosed.withLock({ $0 }) else { throw MailStoreError.closed }
                return try body(db)
            }
        } catch {
            throw MailStore.translated(error, indexPath: indexPath)
        }
    }

    /// Runs `body` on a reading connection, beside the writer.
    func onReader<Value>(_ body: (Database) throws -> Value) throws -> Value {
        guard !isClosed.withLock({ $0 }) else { throw MailStoreError.closed }
        do {
            return try pool.read(body)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            // Readers are opened by name, which somebody may have removed; the writer still has the files.
            return try onWriter(body)
        } catch {
            throw MailStore.translated(error, indexPath: indexPath)
        }
    }

    /// Runs `body` as one transaction and, once it is committed, `then` with its result before the writer does anything else.
    func inTransaction<Value>(_ body: (Database) throws -> Value, then: (Value) -> Void) throws {
        try onWriter { db in
            try StoreDatabase.requireFullSync(db)
            try transaction(db, body, then: then)
        }
    }

    /// As `inTransaction`, but the state's commit is not waited for: a crash of the program loses nothing, one of the machine what no
    /// later transaction of the other kind has followed.
    func inRelaxedTransaction<Value>(_ body: (Database) throws -> Value, then: (Value) -> Void) throws {
        try onWriter { db in
            // SQLite acts on this pragma when it prepares it: a statement that was prepared before would do nothing.
            try db.execute(sql: "PRAGMA state.synchronous = NORMAL")
            defer { try? db.execute(sql: "PRAGMA state.synchronous = FULL") }
            try transaction(db, body, then: then)
        }
    }

    private func transaction<Value>(
        _ db: Database, _ body: (Database) throws -> Value, then: (Value) -> Void
    ) throws {
        try agree(db)
        var result: Value?
        do {
            try db.inTransaction(.immediate) {
                result = try body(db)
                return .commit
            }
        } catch {
            untold.withLock { $0.end(isCommitted: false) }
            mayDiffer.store(true, ordering: .sequentiallyConsistent)
            try? agree(db)
            try? flagTable.load(db)
            throw error
        }
        untold.withLock { $0.end(isCommitted: true) }
        if let result { then(result) }
    }

    /// Has index and state agree after a transaction that failed: SQLite commits one after the other, and where the second cannot be written
    /// the first has rows of messages that are not there, and counts them as listed.
    func agree(_ db: Database) throws {
        guard mayDiffer.load(ordering: .sequentiallyConsistent) else { return }
        try StoreDatabase.reconcile(db)
        mayDiffer.store(false, ordering: .sequentiallyConsistent)
    }

    /// Called by every transaction that changes the state database, which is thereby counted in both (`StoreDatabase.reconcile`).
    func countCommit(_ db: Database) throws {
        try Query(db, "UPDATE state.meta SET value = value + 1 WHERE key = 'commits'").run()
        let copy = """
            UPDATE main.meta SET value = (SELECT value FROM state.meta WHERE key = 'commits') WHERE key = 'commits'
            """
        try Query(db, copy).run()
    }

    /// Errors of SQLite in the store's words. Damage leaves a mark, by which the next start examines both files.
    static func translated(_ error: any Error, indexPath: String) -> any Error {
        if let error = error as? FileError { return MailStoreError(error) }
        if error.meansDamage {
            try? PrivateDirectory.touch(indexPath + ".suspect")
            return MailStoreError.damagedCache(path: indexPath)
        }
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_FULL:
            return MailStoreError.noSpace(path: indexPath)
        default:
            return MailStoreError.database(
                code: error.extendedResultCode.rawValue, message: error.message ?? "no message")
        }
    }
}
