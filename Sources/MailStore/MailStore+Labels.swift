internal import GRDB
public import IMAPValue
public import MailModel

extension MailStore {
    /// The labels of a message as the server told them last; nil where it never did.
    public func labels(of id: MessageID) throws -> Labels? {
        try onReader { db in
            let query = try Query(db, "SELECT labels FROM main.header WHERE id = ? AND labels IS NOT NULL")
            query.bind(1, id.rawValue)
            return try query.first { LabelColumn.labels($0.text(0)) }
        }
    }

    /// Whether the labels of all messages of a folder's epoch were listed; what is new has them from then on.
    public func hasLabels(_ folder: FolderID, uidValidity: UIDValidity) throws -> Bool {
        try setting(Self.labelSetting(folder)) == uidValidity.description
    }

    /// All labels of the epoch are stored.
    public func listedLabels(_ folder: FolderID, uidValidity: UIDValidity) throws {
        if try hasLabels(folder, uidValidity: uidValidity) { return }
        try setSetting(Self.labelSetting(folder), uidValidity.description)
    }

    private static func labelSetting(_ folder: FolderID) -> String { "labels.\(folder.rawValue)" }
}

/// Stores labels beside the header fields of messages.
struct LabelUpdate {
    private let update: Query

    init(_ db: Database) throws {
        update = try Query(db, "UPDATE main.header SET labels = ?2 WHERE id = ?1 AND labels IS NOT ?2")
    }

    func set(_ labels: Labels, of id: Int64) throws {
        update.bind(1, id)
        update.bind(2, LabelColumn.text(labels))
        try update.run()
    }
}
