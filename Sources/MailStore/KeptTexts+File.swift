internal import GRDB
internal import PosixFile
import Synchronization

extension KeptTexts {
    /// - Parameter form: that the texts must have; nil for any, where there is a file.
    func queue(form: String?) -> DatabaseQueue? {
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
    func attempt(_ queue: DatabaseQueue, _ body: () throws -> Void) {
        do {
            try body()
        } catch  where error.meansDamage {
            state.withLock { if $0.queue === queue { begin(&$0) } }
        } catch {
            // A full disk, for one: it is made again when somebody asks.
        }
    }

    private static func open(_ path: String, form: String?) throws -> (DatabaseQueue, form: String) {
        let directory = String(path.dropLast("/text.sqlite".count))
        if !FileNames.exists(directory) { try PrivateDirectory.make(directory) }
        try PrivateDirectory.touch(path)
        let queue = try DatabaseQueue(path: path, configuration: .waiting)
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
