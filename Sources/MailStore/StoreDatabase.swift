internal import GRDB
internal import PosixFile

/// Opens the two databases as one pool: the cache as `main`, the state attached as `state`.
struct StoreDatabase {
    let pool: DatabasePool
    /// The cache was made now: its body files belong to no row.
    let cacheIsNew: Bool
    /// The last user of the cache did not close it.
    let wasLeftOpen: Bool

    /// - Parameter account: checked against both, stored in new ones.
    /// - Throws: `damagedState`, `wrongAccount`, `newerSchema`, `io`, `noSpace`, `database`.
    init(cache: String, state: String, account: String) throws {
        let statePath = state + "/state.sqlite"
        let cachePath = cache + "/index.sqlite"
        let suspect = FileNames.exists(cachePath + ".suspect")
        let token = try StoreDatabase.prepareState(statePath, account: account, check: suspect)
        if suspect {
            try StoreDatabase.setAside(cachePath)
            FileNames.remove(cachePath + ".suspect")
        }
        var isNew = false
        var opened: DatabasePool?
        for attempt in 1...2 {
            do {
                let pool = try StoreDatabase.openPool(cachePath, statePath)
                opened = pool
                let found = try StoreDatabase.pair(pool, cachePath, account: account, token: token)
                isNew = isNew || found == nil
                try pool.read { db in
                    try SchemaCheck.require(CacheSchema.migrator, in: "main", db, includesIndexes: true)
                }
                if found ?? token == token { break }
                // Made for a state that is not this one: its ids mean other messages.
                try pool.close()
                StoreDatabase.remove(cachePath)
                StoreDatabase.removeMade(beside: cachePath)
            } catch  where error.meansDamageOnceOpened && attempt == 1 {
                try? opened?.close()
                try StoreDatabase.setAside(cachePath)
            }
            opened = nil
        }
        guard let opened else { throw MailStoreError.damagedCache(path: cachePath) }
        pool = opened
        cacheIsNew = isNew
        wasLeftOpen = try pool.writeWithoutTransaction { db in
            let left = try Query(db, "SELECT 1 FROM main.meta WHERE key = 'open' AND value = 1").exists()
            try db.execute(sql: "UPDATE main.meta SET value = 1 WHERE key = 'open'")
            // Of ids that are given again it has other messages' words.
            if try isNew || !StoreDatabase.agree(db) { StoreDatabase.removeMade(beside: cachePath) }
            try StoreDatabase.reconcile(db)
            return left
        }
    }

    /// - Returns: The token that pairs a cache with it.
    private static func prepareState(
        _ path: String, account: String, check: Bool
    ) throws -> Int64 {
        try PrivateDirectory.touch(path)
        do {
            let queue = try DatabaseQueue(path: path, configuration: .waiting)
            defer { try? queue.close() }
            try queue.writeWithoutTransaction { db in
                if check, let fault = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), fault != "ok" {
                    throw MailStoreError.damagedState(path: path, underlying: fault)
                }
                try setPageSize(db)
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            let token = try migrate(queue, StateSchema.migrator, path, account: account)
            try queue.read { db in
                try SchemaCheck.require(StateSchema.migrator, in: "main", db, includesIndexes: false)
            }
            return token
        } catch  where error.meansDamageOnceOpened {
            throw MailStoreError.damagedState(path: path, underlying: error.damage)
        }
    }

    /// Octets of a log that stay when it begins anew.
    private static let lastingLog = 4 << 20

    /// How long a write-ahead log gets before its pages are moved into the file: up to 64 MiB, and a sixteenth of what the disk has free.
    static func logPages(free: UInt64) -> Int { Int(clamping: min(8_000, max(64, free / 16 / 8_192))) }

    /// Has each commit of the state wait for the disk. SQLite says nothing where the pragma has no effect.
    static func requireFullSync(_ db: Database) throws {
        let level = { try Int.fetchOne(db, sql: "PRAGMA state.synchronous") }
        if try level() == 2 { return }
        try db.execute(sql: "PRAGMA state.synchronous = FULL")
        guard try level() == 2 else {
            throw MailStoreError.database(code: 1, message: "commits cannot be made to wait for the disk")
        }
    }

    /// Of new files; others keep theirs. Every page that is written costs two calls of the system.
    private static func setPageSize(_ db: Database) throws {
        guard !db.configuration.readonly else { return }
        try db.execute(sql: "PRAGMA page_size = 8192")
    }

    private static func migrate(
        _ queue: DatabaseQueue, _ migrator: DatabaseMigrator, _ path: String, account: String
    ) throws -> Int64 {
        try queue.read { db in
            if try migrator.hasBeenSuperseded(db) { throw MailStoreError.newerSchema(path: path) }
        }
        try migrator.migrate(queue)
        return try queue.write { db in
            try checkAccount(db, account)
            if let token = try Int64.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'token'") {
                return token
            }
            let token = Int64.random(in: 1...Int64.max)
            try db.execute(sql: "INSERT INTO meta VALUES ('token', ?)", arguments: [token])
            return token
        }
    }

    private static func checkAccount(_ db: Database, _ account: String) throws {
        if let found = try String.fetchOne(db, sql: "SELECT value FROM main.meta WHERE key = 'account'") {
            guard found == account else { throw MailStoreError.wrongAccount(expected: account, found: found) }
        } else {
            try db.execute(sql: "INSERT INTO main.meta VALUES ('account', ?)", arguments: [account])
        }
    }

    private static func openPool(_ cachePath: String, _ statePath: String) throws -> DatabasePool {
        try PrivateDirectory.touch(cachePath)
        let logPages = logPages(free: try FileSystemRoom(at: cachePath).free)
        var configuration = Configuration.waiting
        configuration.label = "mailmount"
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            try StoreDatabase.setPageSize(db)
            try db.execute(sql: "ATTACH DATABASE ? AS state", arguments: [statePath])
            try requireFullSync(db)
            // Negative: KiB. Reading connections look up single rows.
            let size = db.configuration.readonly ? -1_000 : -8_000
            try db.execute(sql: "PRAGMA main.cache_size = \(size); PRAGMA state.cache_size = \(size)")
            // Pages of 8 KiB. A first listing rewrites the same ones in every transaction, and would stand still while they are moved
            // and waited for. A log that was longer is shortened when it begins anew, and when the store is closed.
            try db.execute(
                sql: """
                    PRAGMA wal_autocheckpoint = \(logPages);
                    PRAGMA main.journal_size_limit = \(lastingLog); PRAGMA state.journal_size_limit = \(lastingLog);
                    PRAGMA temp_store = MEMORY
                    """)
        }
        return try DatabasePool(path: cachePath, configuration: configuration)
    }

    /// - Returns: The token of the state that the cache was made for; nil for a new cache, which now has `token`.
    private static func pair(_ pool: DatabasePool, _ path: String, account: String, token: Int64) throws -> Int64? {
        let migrator = CacheSchema.migrator
        try pool.read { db in
            // Where a new file has none, the attached state's table of migrations would be read for it.
            let exists = try Query(db, "SELECT 1 FROM main.sqlite_master WHERE name = 'grdb_migrations'").exists()
            if try exists && migrator.hasBeenSuperseded(db) { throw MailStoreError.newerSchema(path: path) }
        }
        try migrator.migrate(pool)
        return try pool.write { db in
            try checkAccount(db, account)
            if let found = try Int64.fetchOne(db, sql: "SELECT value FROM main.meta WHERE key = 'token'") {
                return found
            }
            try db.execute(sql: "INSERT INTO main.meta VALUES ('token', ?)", arguments: [token])
            return nil
        }
    }

    /// Makes the two agree where one of them lost commits, or is a copy from another time.
    ///
    /// A row of the listing without its message is dropped, and its folder listed again from the start; one whose message is in another
    /// folder goes there, and both are listed again; so is a folder that has messages below its cursor without a row; ids that the state will
    /// give again are forgotten everywhere.
    static func reconcile(_ db: Database) throws {
        if try agree(db) { return }
        try db.inTransaction(.immediate) {
            let lost = "id NOT IN (SELECT id FROM state.message)"
            let dropped = "SELECT folder FROM main.listing WHERE \(lost)"
            let copies = "SELECT message FROM state.operation WHERE kind = 'copy'"
            let strayed =
                "FROM main.listing AS l CROSS JOIN state.message AS m ON m.id = l.id WHERE m.folder <> l.folder"
            let unlisted = """
                SELECT m.folder FROM main.folder AS f CROSS JOIN state.message AS m ON m.folder = f.id
                WHERE f.is_listed AND m.uid_validity = f.uid_validity AND m.uid < f.uid_next
                    AND NOT EXISTS (SELECT 1 FROM main.listing AS l WHERE l.folder = m.folder AND l.id = m.id)
                """
            try db.execute(
                sql: """
                    UPDATE main.folder SET uid_next = 1, highest_modseq = NULL, is_listed = 0 WHERE id IN
                        (\(dropped) UNION SELECT l.folder \(strayed) UNION SELECT m.folder \(strayed) UNION \(unlisted));
                    DELETE FROM main.listing WHERE \(lost);
                    CREATE TEMP TABLE strayed AS SELECT l.id, m.folder \(strayed);
                    UPDATE OR REPLACE main.listing SET folder = (SELECT folder FROM strayed WHERE id = main.listing.id)
                        WHERE id IN (SELECT id FROM strayed);
                    DROP TABLE strayed;
                    DELETE FROM main.folder WHERE id NOT IN (SELECT id FROM state.folder);
                    DELETE FROM main.listing WHERE folder NOT IN (SELECT id FROM state.folder);
                    DELETE FROM main.header WHERE \(lost);
                    DELETE FROM main.reference WHERE \(lost);
                    DELETE FROM main.candidate WHERE \(lost);
                    DELETE FROM main.body WHERE limbo IS NULL AND \(lost) AND id NOT IN (\(copies));
                    DELETE FROM main.body
                        WHERE id > (SELECT coalesce(max(seq), 0) FROM state.sqlite_sequence WHERE name = 'message');
                    UPDATE main.folder SET messages = (
                        SELECT count(*) FROM main.listing AS l CROSS JOIN state.message AS m ON m.id = l.id
                        WHERE l.folder = main.folder.id AND m.uid_validity <> 0);
                    UPDATE main.meta SET value = (SELECT value FROM state.meta WHERE key = 'commits')
                        WHERE key = 'commits';
                    """)
            return .commit
        }
    }

    /// Whether neither of the two lost commits of the other, or is a copy from another time.
    private static func agree(_ db: Database) throws -> Bool {
        let agree = """
            SELECT 1 FROM main.meta AS c JOIN state.meta AS s USING (key)
            WHERE key = 'commits' AND c.value = s.value
            """
        return try Query(db, agree).exists()
    }

    /// What was made of bodies and headers.
    private static func removeMade(beside path: String) {
        remove(MailStore.searchIndexPath(beside: path))
        remove(MailStore.textsPath(beside: path))
    }

    private static func setAside(_ path: String) throws(FileError) {
        if FileNames.status(path) != nil { try FileNames.rename(path, to: path + ".damaged") }
        remove(path)
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { FileNames.remove(path + suffix) }
    }
}
