internal import GRDB
public import MailModel
internal import PosixFile

/// `search.sqlite`: words of header fields and texts, beside the cache. It can be made again from what is cached, so a damaged one, or one
/// of another form, is removed.
///
/// The words themselves are not kept (contentless FTS5 tables), so that the file stays small: of header fields it is known where in the
/// field a word stands, of texts only which messages have it. Whether words stand in a text one after the other is for `WordOrder` to
/// tell, from the text. The rows of a message that is gone stay, and nothing refers to them.
public final class SearchIndex: Sendable {
    /// What is known of one message.
    public struct Document: Sendable {
        public var id: MessageID
        /// Its text was looked at; else only what is listed of every message.
        public var isWhole: Bool
        /// It has more words than could be looked at.
        public var isCut: Bool
        public var hasAttachment: Bool
        /// In the order of the index's columns.
        public var fields: [String]
        public var text: String

        public init(
            id: MessageID, isWhole: Bool, isCut: Bool = false, hasAttachment: Bool, fields: [String], text: String
        ) {
            self.id = id
            self.isWhole = isWhole
            self.isCut = isCut
            self.hasAttachment = hasAttachment
            self.fields = fields
            self.text = text
        }
    }

    /// Where words are looked for.
    public enum Place: Hashable, Sendable {
        case anywhere
        /// A column by its name.
        case field(String)
        case text
    }

    /// Messages that have words.
    public struct Found: Sendable {
        public var certain: Set<MessageID> = []
        /// They have all of the words in their texts, perhaps not one after the other.
        public var possible: Set<MessageID> = []
    }

    /// Which messages have documents.
    public struct Contents: Sendable {
        /// Ascending.
        fileprivate(set) var ids: [Int64] = []
        fileprivate(set) var marks: [UInt8] = []

        public init() {}

        /// nil: there is none; false: without its text.
        public func isWhole(_ id: MessageID) -> Bool? { marks(of: id).map { Int64($0) & SearchIndex.whole != 0 } }

        /// Whether all words of its text are known, so that what is not found in it is not there.
        public func isComplete(_ id: MessageID) -> Bool {
            (marks(of: id).map(Int64.init) ?? 0) & (SearchIndex.whole | SearchIndex.cut) == SearchIndex.whole
        }

        private func marks(of id: MessageID) -> UInt8? {
            var low = 0
            var high = ids.count
            while low < high {
                let middle = (low + high) / 2
                if ids[middle] < id.rawValue { low = middle + 1 } else { high = middle }
            }
            return low < ids.count && ids[low] == id.rawValue ? marks[low] : nil
        }
    }

    private let queue: DatabaseQueue
    private let order: WordOrder
    /// Columns of the tables `listed` and `told`.
    private let listed: [String]
    private let told: [String]

    /// - Parameters:
    ///   - path: absolute; mode 0600 where it is made.
    ///   - listed: names of the fields that are listed of every message.
    ///   - told: names of the fields that come with its text. An index with other names is made anew.
    /// - Throws: `MailStoreError`.
    public convenience init(path: String, listed: [String], told: [String]) throws {
        do {
            try self.init(opening: path, listed, told)
        } catch {
            Self.remove(path)
            do {
                try self.init(opening: path, listed, told)
            } catch {
                throw MailStore.translated(error, indexPath: path)
            }
        }
    }

    private init(opening path: String, _ listed: [String], _ told: [String]) throws {
        try PrivateDirectory.touch(path)
        self.listed = listed
        self.told = told
        queue = try DatabaseQueue(path: path, configuration: .waiting)
        order = try WordOrder()
        let form = "4 " + (listed + ["/"] + told).joined(separator: " ")
        try queue.writeWithoutTransaction { db in
            // Pages that merging leaves free are given back; of a new file only, before it has a table.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try db.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576")
        }
        try queue.write { db in
            try db.execute(sql: "CREATE TABLE IF NOT EXISTS form (text TEXT NOT NULL, added INTEGER NOT NULL)")
            if let found = try String.fetchOne(db, sql: "SELECT text FROM form") {
                guard found == form else { throw MailStoreError.newerSchema(path: path) }
                return
            }
            try db.execute(sql: "INSERT INTO form VALUES (?, 0)", arguments: [form])
            // Rows of all have the numbers of messages, which are never given again.
            try db.execute(
                sql: """
                    CREATE TABLE document (message INTEGER PRIMARY KEY, marks INTEGER NOT NULL);
                    \(Self.table("listed", listed, "full")); \(Self.table("told", told, "full"));
                    \(Self.table("texts", ["words"], "none"));
                    """)
        }
    }

    /// - Parameter detail: of FTS5: `full` knows where a word stands, `none` takes a fifth of the space.
    static func table(_ name: String, _ columns: [String], _ detail: String) -> String {
        """
        CREATE VIRTUAL TABLE \(name) USING fts5(
            \(columns.joined(separator: ", ")), content = '', columnsize = 0, detail = \(detail),
            tokenize = 'unicode61 remove_diacritics 2'
        )
        """
    }

    /// Nobody may have it open.
    public static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { FileNames.remove(path + suffix) }
    }

    fileprivate static let whole: Int64 = 1
    private static let attachment: Int64 = 2
    /// Its row in `listed` has words.
    private static let isListed: Int64 = 4
    fileprivate static let cut: Int64 = 8

    /// Adds documents. One that is whole completes an earlier one of the same message that was not; what is known of a message already
    /// is passed over.
    public func add(_ documents: [Document]) throws {
        try translating {
            try queue.write { db in
                var added = try Int64.fetchOne(db, sql: "SELECT added FROM form") ?? 0
                let known = try Query(db, "SELECT marks FROM document WHERE message = ?")
                let note = try Query(db, "INSERT OR REPLACE INTO document (message, marks) VALUES (?, ?)")
                let fields = try (Insertion(db, "listed", listed), Insertion(db, "told", told))
                let texts = try Insertion(db, "texts", ["words"])
                // In the order of their rows, else FTS5 begins anew with each.
                for document in documents.sorted(by: { $0.id < $1.id }) {
                    known.bind(1, document.id.rawValue)
                    let before = try known.first { $0.int(0) }
                    guard before == nil || document.isWhole && (before ?? 0) & Self.whole == 0 else { continue }
                    var marks = before ?? 0
                    let mine = document.fields.prefix(listed.count)
                    if marks & Self.isListed == 0, try fields.0.run(document.id, mine) { marks |= Self.isListed }
                    if document.isWhole {
                        _ = try fields.1.run(document.id, document.fields.dropFirst(listed.count))
                        _ = try texts.run(document.id, [document.text])
                        marks |= Self.whole
                        if document.isCut { marks |= Self.cut }
                    }
                    if document.hasAttachment { marks |= Self.attachment }
                    note.bind(1, document.id.rawValue)
                    note.bind(2, marks)
                    try note.run()
                    added += 1
                }
                try db.execute(sql: "UPDATE form SET added = ?", arguments: [added])
            }
        }
    }

    private struct Insertion {
        let query: Query
        let count: Int

        init(_ db: Database, _ table: String, _ columns: [String]) throws {
            let places = Array(repeating: "?", count: columns.count + 1).joined(separator: ", ")
            query = try Query(
                db, "INSERT INTO \(table) (rowid, \(columns.joined(separator: ", "))) VALUES (\(places))")
            count = columns.count
        }

        /// - Returns: false where there are no words, and no row.
        func run(_ id: MessageID, _ words: some Collection<String>) throws -> Bool {
            guard words.contains(where: { !$0.isEmpty }) else { return false }
            query.bind(1, id.rawValue)
            for (index, text) in words.prefix(count).enumerated() {
                query.bind(Int32(index + 2), text.isEmpty ? nil : text)
            }
            try query.run()
            return true
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
                let added = try Int64.fetchOne(db, sql: "SELECT added FROM form") ?? 0
                return added > 3 * Int64(contents.ids.count - gone.count) + Self.leftBehind
            }
        }
    }

    /// Documents that were ever added or completed.
    public var additions: Int64 {
        get throws { try translating { try queue.read { try Int64.fetchOne($0, sql: "SELECT added FROM form") ?? 0 } } }
    }

    /// Rows that nothing refers to and that are borne in any case.
    private static let leftBehind: Int64 = 10_000

    /// Gives pages that are free back to the disk, where they are more than a sixteenth of the file.
    public func shrink() throws {
        let pages = try pages()
        guard pages.free > pages.all / 16 else { return }
        try translating {
            try queue.writeWithoutTransaction { db in
                // A row for each page.
                try Query(db, "PRAGMA incremental_vacuum").rows { _ in }
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
    }

    func pages() throws -> (free: Int64, all: Int64) {
        try translating {
            try queue.read { db in
                let count = { (what: String) in try Int64.fetchOne(db, sql: "PRAGMA \(what)_count") ?? 0 }
                return (try count("freelist"), try count("page"))
            }
        }
    }

    // MARK: - Looking

    /// The messages that have words one after the other.
    ///
    /// - Parameter isPrefix: the last word is the beginning of one.
    /// - Throws: `MailStoreError`, also where there is no such column.
    public func messages(with words: String, isPrefix: Bool, in place: Place) throws -> Found {
        try translating {
            let tokens = try order.tokens(of: words)
            guard !tokens.isEmpty else { return Found() }
            let phrase = WordOrder.expression(tokens, isPrefix: isPrefix)
            return try queue.read { db in
                var found = Found()
                if place != .text {
                    for (table, columns) in [("listed", listed), ("told", told)] {
                        switch place {
                        case .field(let name) where columns.contains(name):
                            found.certain.formUnion(try Self.rows(db, table, name + " : " + phrase))
                        case .anywhere: found.certain.formUnion(try Self.rows(db, table, phrase))
                        case .field, .text: break
                        }
                    }
                }
                switch place {
                case .field: break
                case .anywhere, .text:
                    let rows = try Self.rows(db, "texts", WordOrder.conjunction(tokens, isPrefix: isPrefix))
                    if tokens.count == 1 {
                        found.certain.formUnion(rows)
                    } else {
                        found.possible = Set(rows).subtracting(found.certain)
                    }
                }
                return found
            }
        }
    }

    private static func rows(_ db: Database, _ table: String, _ expression: String) throws -> [MessageID] {
        try Int64.fetchAll(
            db,
            sql: "SELECT d.message FROM \(table) AS w JOIN document AS d ON d.message = w.rowid WHERE \(table) MATCH ?",
            arguments: [expression]
        ).map(MessageID.init(rawValue:))
    }

    /// Those of some texts that have words one after the other, in the order in which they are given.
    public func having(_ words: String, isPrefix: Bool, among texts: [String]) throws -> [Bool] {
        try translating { try order.having(words, isPrefix: isPrefix, among: texts) }
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
                    contents.marks.append(UInt8(truncatingIfNeeded: row.int(1)))
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
