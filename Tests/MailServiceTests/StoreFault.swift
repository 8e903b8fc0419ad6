import GRDB

/// Has every statement of a kind fail, as on a disk that does, until `heal`.
struct StoreFault {
    private let file: DatabaseQueue

    init(_ statement: String, on table: String, of path: String) throws {
        file = try DatabaseQueue(path: path)
        try file.writeWithoutTransaction {
            try $0.execute(
                sql: "CREATE TRIGGER fault BEFORE \(statement) ON \(table) BEGIN SELECT RAISE(ABORT, 'the disk'); END")
        }
    }

    func heal() throws { try file.writeWithoutTransaction { try $0.execute(sql: "DROP TRIGGER fault") } }
}
