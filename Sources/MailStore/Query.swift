internal import GRDB
internal import GRDBSQLite

/// A prepared statement of one connection, with plain bindings: no value is boxed and no row is built.
///
/// Use it only inside the closure that gave the connection, one at a time.
struct Query {
    private let statement: Statement
    private let raw: OpaquePointer

    /// From the connection's cache of statements.
    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        raw = statement.sqliteStatement
        sqlite3_reset(raw)
    }

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(raw, index, value) }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { sqlite3_bind_null(raw, index) }
    }

    /// The bytes are copied.
    func bind(_ index: Int32, _ bytes: UnsafeRawBufferPointer) {
        // A null pointer would bind NULL, so an empty blob has its own call.
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_bind_zeroblob(raw, index, 0)
            return
        }
        sqlite3_bind_blob64(raw, index, base, UInt64(bytes.count), Query.transient)
    }

    /// The bytes are not copied: they have to stay where they are until the statement has run, and it is not run again without
    /// another binding.
    func lend(_ index: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_bind_zeroblob(raw, index, 0)
            return
        }
        sqlite3_bind_blob64(raw, index, base, UInt64(bytes.count), nil)
    }

    func bind(_ index: Int32, _ bytes: [UInt8]) { bytes.withUnsafeBytes { bind(index, $0) } }

    func bind(_ index: Int32, _ bytes: [UInt8]?) {
        if let bytes { bind(index, bytes) } else { sqlite3_bind_null(raw, index) }
    }

    func bind(_ index: Int32, _ text: String?) {
        guard let text else {
            sqlite3_bind_null(raw, index)
            return
        }
        text.withCString { _ = sqlite3_bind_text(raw, index, $0, Int32(clamping: text.utf8.count), Query.transient) }
    }

    /// Two words as 16 bytes that sort as they do.
    func bind(_ index: Int32, high: UInt64, low: UInt64) {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bind(index, $0) }
    }

    /// Goes to the next row; false at the end, where the statement is ready for new bindings.
    func step() throws -> Bool {
        switch sqlite3_step(raw) {
        case SQLITE_ROW:
            return true
        case SQLITE_DONE:
            sqlite3_reset(raw)
            return false
        default:
            let connection = sqlite3_db_handle(raw)
            let code = ResultCode(rawValue: sqlite3_extended_errcode(connection))
            let message = sqlite3_errmsg(connection).map { String(cString: $0) }
            sqlite3_reset(raw)
            throw DatabaseError(resultCode: code, message: message, sql: statement.sql)
        }
    }

    /// Executes a statement whose rows, if any, are of no interest.
    func run() throws {
        if try step() { reset() }
    }

    /// Calls `body` for every row; the statement is ready for new bindings afterwards, also when `body` throws.
    func rows(_ body: (Query) throws -> Void) throws {
        defer { reset() }
        while try step() { try body(self) }
    }

    /// The first row through `body`, nil without one.
    func first<Value>(_ body: (Query) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? try body(self) : nil
    }

    /// Whether there is a row.
    func exists() throws -> Bool { try first { _ in true } ?? false }

    func reset() { sqlite3_reset(raw) }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }

    func optionalInt(_ column: Int32) -> Int64? {
        sqlite3_column_type(raw, column) == SQLITE_NULL ? nil : int(column)
    }

    /// Valid until the next step.
    func buffer(_ column: Int32) -> UnsafeRawBufferPointer {
        let base = sqlite3_column_blob(raw, column)
        return UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : Int(sqlite3_column_bytes(raw, column)))
    }

    func bytes(_ column: Int32) -> [UInt8] { [UInt8](buffer(column)) }

    func optionalBytes(_ column: Int32) -> [UInt8]? {
        sqlite3_column_type(raw, column) == SQLITE_NULL ? nil : bytes(column)
    }

    func text(_ column: Int32) -> String { String(decoding: buffer(column), as: UTF8.self) }

    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
