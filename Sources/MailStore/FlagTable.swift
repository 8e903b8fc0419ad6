internal import GRDB
import IMAPValue
import Synchronization

/// Every distinct set of flags by its number in `flag_set`: mail has few, so a row stores the number.
final class FlagTable: Sendable {
    private struct State {
        var numbers: [Flags: Int64] = [:]
        var sets: [Int64: Flags] = [:]
    }
    private let state = Mutex(State())

    /// Reads the table anew: at the start, and after a transaction that was rolled back with numbers it had given.
    func load(_ db: Database) throws {
        var loaded = State()
        try Query(db, "SELECT id, text FROM main.flag_set").rows { row in
            let flags = Flags(names: row.text(1).split(separator: " "))
            loaded.numbers[flags] = row.int(0)
            loaded.sets[row.int(0)] = flags
        }
        let complete = loaded
        state.withLock { $0 = complete }
    }

    /// Takes the sets that no message has any more out of a table that has grown large.
    func trim(_ db: Database, above limit: Int = 10_000) throws {
        guard state.withLock({ $0.sets.count > limit }) else { return }
        try db.execute(sql: "DELETE FROM main.flag_set WHERE id NOT IN (SELECT flags FROM main.listing)")
        try load(db)
    }

    /// The number of a set, given and stored where it is new.
    func number(of flags: Flags, _ db: Database) throws -> Int64 {
        if let known = state.withLock({ $0.numbers[flags] }) { return known }
        let insert = try Query(db, "INSERT INTO main.flag_set (text) VALUES (?)")
        insert.bind(1, flags.description)
        try insert.run()
        let number = db.lastInsertedRowID
        state.withLock {
            $0.numbers[flags] = number
            $0.sets[number] = flags
        }
        return number
    }

    /// No flags for a number that is not in the table.
    func flags(_ number: Int64) -> Flags { state.withLock { $0.sets[number] } ?? Flags() }

    /// All of it, to decode a whole listing without a lock for each row.
    var sets: [Int64: Flags] { state.withLock { $0.sets } }
}
