internal import GRDB

/// Whether a database has all that its migrations make. A bit that flips in a name of the schema leaves a file that is whole to SQLite.
enum SchemaCheck {
    /// - Parameters:
    ///   - schema: the name under which the connection has the database.
    ///   - includesIndexes: those that statements name have to be there too.
    /// - Throws: `DatabaseError` that means damage, where something is missing.
    static func require(
        _ migrator: DatabaseMigrator, in schema: String, _ db: Database, includesIndexes: Bool
    ) throws {
        let model = try DatabaseQueue()
        try migrator.migrate(model)
        for (table, parts) in try model.read({ try made($0, includesIndexes) }) {
            let missing = try parts.subtracting(self.parts(of: table, in: schema, db, includesIndexes))
            guard let part = missing.min() else { continue }
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the table \(table) has no \(part)")
        }
    }

    private static func made(_ model: Database, _ includesIndexes: Bool) throws -> [(String, Set<String>)] {
        let tables = try String.fetchAll(
            model, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return try tables.map { ($0, try parts(of: $0, in: "main", model, includesIndexes)) }
    }

    private static func parts(
        of table: String, in schema: String, _ db: Database, _ includesIndexes: Bool
    ) throws -> Set<String> {
        let columns = "SELECT 'column ' || name FROM pragma_table_info(?1, ?2)"
        let indexes = " UNION ALL SELECT 'index ' || name FROM pragma_index_list(?1, ?2)"
        return try String.fetchSet(
            db, sql: columns + (includesIndexes ? indexes : ""), arguments: [table, schema])
    }
}
