internal import GRDB
public import MailModel
internal import PosixFile

/// `search.sqlite`: words of header fields and texts, beside the cache. It can be made again from what is cached, so a damaged one, or one
/// of another form, is removed.
///
/// The words themselves are not kept (a contentless FTS5 table), so that the file stays small. A document that is replaced leaves its old
/// row behind, which nothing refers to any more.
public final class SearchIndex: Sendable {
    /// What is known of one message.
    public struct Document: Sendable {
        public var id: MessageID
        /// Its text is in it; without it is only what is listed of every message.
        public var isWhole: Bool
        public var hasAttachment: Bool
        /// In the order of the index's columns.
        public var columns: [String]

        public init(id: MessageID, isWhole: Bool, hasAttachment: Bool, columns: [String]) {
            self.id = id
            self.isWhole = isWhole
            self.hasAttachment = hasAttachment
            self.columns = columns
        }
    }

    /// Which messages have documents.
    public struct Contents: Sendable {
        /// Ascending.
        fileprivate(set) var ids: [Int64] = []
        fileprivate(set) var whole: [Bool] = []

        /// nil: there is none; false: without its text.
        public func isWhole(_ id: MessageID) -> Bool? {
            var low = 0
            var high = ids.count
            while low < high {
                let middle = (low + high) / 2
                if ids[middle] < id.rawValue { low = middle + 1 } else { high = middle }
            }
            return low < ids.count && ids[low] == id.rawValue ? whole[low] : nil
        }
    }

    private let queue: DatabaseQueue
    private let columns: [String]

    /// - Parameters:
    ///   - path: absolute; mode 0600 where it is made.
    ///   - columns: names of its columns; an index with others is made anew.
    /// - Throws: `MailStoreError`.
    public convenience init(path: String, columns: [String]) throws {
        do {
            try self.init(opening: path, columns)
        } catch {
            Self.remove(path)
            do {
                try self.init(opening: path, columns)
            } catch {
                throw MailStore.translated(error, indexPath: path)
            }
        }
    }

    private init(opening path: String, _ columns: [String]) throws {
        try PrivateDirectory.touch(path)
        self.columns = columns
        queue = try DatabaseQueue(path: path)
        let form = "1 " + columns.joined(separator: " ")
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE IF NOT EXISTS form (text TEXT NOT NULL, last INTEGER NOT NULL)")
            if let found = try String.fetchOne(db, sql: "SELECT text FROM form") {
                guard found == form else { throw MailStoreError.newerSchema(path: path) }
                return
            }
            try db.execute(
                sql: """
                    INSERT INTO form VALUES (?, 0);
                    """, arguments: [form])
            try db.execute(
                sql: """
                    CREATE TABLE document (
                        message INTEGER PRIMARY KEY,
                        row INTEGER NOT NULL UNIQUE,
                        marks INTEGER NOT NULL
                    );
                    CREATE VIRTUAL TABLE words USING fts5(
                        \(columns.joined(separator: ", ")), content = '', columnsize = 0,
                        tokenize = 'unicode61 remove_diacritics 2'
                    );
                    """)
        }
    }

    /// Nobody may have it open.
    public static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { FileNames.remove(path + suffix) }
    }

    private static let whole: Int64 = 1
    private static let attachment: Int64 = 2

    /// Adds documents, or puts them in the place of earlier ones of the same messages.
    public func add(_ documents: [Document]) throws {
        try translating {
            try queue.write { db in
                // Rows are never used again: nothing takes the words of an old one away.
                var row = try Int64.fetchOne(db, sql: "SELECT last FROM form") ?? 0
                let names = columns.joined(separator: ", ")
                let places = Array(repeating: "?", count: columns.count + 1).joined(separator: ", ")
                let insert = try Query(db, "INSERT INTO words (rowid, \(names)) VALUES (\(places))")
                let note = try Query(db, "INSERT OR REPLACE INTO document (message, row, marks) VALUES (?, ?, ?)")
                for document in documents {
                    row += 1
                    insert.bind(1, row)
                    for (index, text) in document.columns.prefix(columns.count).enumerated() {
                        insert.bind(Int32(index + 2), text.isEmpty ? nil : text)
                    }
                    try insert.run()
                    note.bind(1, document.id.rawValue)
                    note.bind(2, row)
                    note.bind(
                        3, (document.isWhole ? Self.whole : 0) | (document.hasAttachment ? Self.attachment : 0))
                    try note.run()
                }
                try db.execute(sql: "UPDATE form SET last = ?", arguments: [row])
            }
        }
    }

    /// Forgets the messages that are not among these.
    ///
    /// - Parameter ids: ascending.
    /// - Returns: whether so many rows are left behind that the index is better made anew.
    public func keep(only ids: [Int64]) throws -> Bool {
        let contents = try contents()
        var next = 0
        let gone = contents.ids.filter { id in
            while next < ids.count, ids[next] < id { next += 1 }
            return next == ids.count || ids[next] != id
        }
        return try translating {
            try queue.write { db in
                let query = try Query(db, "DELETE FROM document WHERE message = ?")
                for id in gone {
                    query.bind(1, id)
                    try query.run()
                }
                let last = try Int64.fetchOne(db, sql: "SELECT last FROM form") ?? 0
                return last > 2 * Int64(contents.ids.count - gone.count) + Self.leftBehind
            }
        }
    }

    /// Rows that were ever written: grows with each document that is added or replaced.
    public var rows: Int64 {
        get throws { try translating { try queue.read { try Int64.fetchOne($0, sql: "SELECT last FROM form") ?? 0 } } }
    }

    /// Rows that nothing refers to and that are borne in any case.
    private static let leftBehind: Int64 = 10_000

    /// The messages whose words fit.
    ///
    /// - Parameter expression: of FTS5.
    /// - Throws: `MailStoreError`, also where the expression is none.
    public func messages(matching expression: String) throws -> [MessageID] {
        try translating {
            try queue.read { db in
                try Int64.fetchAll(
                    db,
                    sql: "SELECT d.message FROM words AS w JOIN document AS d ON d.row = w.rowid WHERE words MATCH ?",
                    arguments: [expression]
                ).map(MessageID.init(rawValue:))
            }
        }
    }

    /// The messages that have attachments, as far as their texts are known.
    public func withAttachments() throws -> [MessageID] {
        try translating {
            try queue.read { db in
                try Int64.fetchAll(
                    db, sql: "SELECT message FROM document WHERE marks & ?", arguments: [Self.attachment]
                )
                .map(MessageID.init(rawValue:))
            }
        }
    }

    /// Those of some messages whose text it has.
    public func whole(among ids: [MessageID]) throws -> Set<MessageID> {
        try translating {
            try queue.read { db in
                let query = try Query(db, "SELECT 1 FROM document WHERE message = ? AND marks & ?")
                return Set(
                    try ids.filter { id in
                        query.bind(1, id.rawValue)
                        query.bind(2, Self.whole)
                        return try query.exists()
                    })
            }
        }
    }

    public func contents() throws -> Contents {
        try translating {
            try queue.read { db in
                var contents = Contents()
                let query = try Query(db, "SELECT message, marks FROM document ORDER BY message")
                try query.rows { row in
                    contents.ids.append(row.int(0))
                    contents.whole.append(row.int(1) & Self.whole != 0)
                }
                return contents
            }
        }
    }

    private func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw MailStore.translated(error, indexPath: queue.path)
        }
    }
}

extension MailStore {
    /// Where the index of words lies.
    public var searchIndexPath: String { Self.searchIndexPath(beside: indexPath) }

    static func searchIndexPath(beside path: String) -> String {
        String(path.dropLast("index.sqlite".count)) + "search.sqlite"
    }
}
