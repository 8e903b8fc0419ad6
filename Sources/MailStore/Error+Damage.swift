internal import GRDB

extension Error {
    /// The file is not what SQLite wrote, or a row has what no row can have.
    var meansDamage: Bool {
        switch self {
        case let error as DatabaseError: error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
        case is RowDecodingError: true
        default: false
        }
    }

    /// As `meansDamage`, of a file that was just opened: a table that is not there, or not as it was made, is damage as well.
    var meansDamageOnceOpened: Bool {
        let codes: [ResultCode] = [.SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH]
        return meansDamage || (self as? DatabaseError).map { codes.contains($0.resultCode) } ?? false
    }

    /// For people.
    var damage: String {
        switch self {
        case let error as DatabaseError: error.message ?? "SQLite \(error.resultCode)"
        case is RowDecodingError: "a row has what no row can have"
        default: "\(self)"
        }
    }
}
