internal import IMAPValue
internal import MailModel

/// What programs may do to the account through a mount, beside reading it.
///
/// ```swift
/// ChangeKinds(names: "append,flags")  // [.append, .flags]
/// ```
public struct ChangeKinds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// New mail, copies and new folders: APPEND, COPY, CREATE.
    public static let append = ChangeKinds(rawValue: 1)
    /// STORE of flags but `\Deleted`.
    public static let flags = ChangeKinds(rawValue: 2)
    /// Other places and names, of messages and of folders: MOVE, RENAME, and Gmail's labels, which are places.
    public static let move = ChangeKinds(rawValue: 4)
    /// Deleting, by whatever policy, and taking that back; what is replaced is deleted.
    public static let delete = ChangeKinds(rawValue: 8)
    public static let all: ChangeKinds = [.append, .flags, .move, .delete]

    /// By the names of its members, in the order in which they are told to users.
    public static let named: [(name: String, kind: ChangeKinds)] = [
        ("append", .append), ("flags", .flags), ("move", .move), ("delete", .delete),
    ]

    /// - Parameter names: separated by commas; nil where one of them is none of `named`, or there is none.
    public init?(names: String) {
        var kinds: ChangeKinds = []
        for name in names.split(separator: ",", omittingEmptySubsequences: false) {
            let name = name.drop { $0 == " " }
            guard let known = Self.named.first(where: { $0.name == name }) else { return nil }
            kinds.insert(known.kind)
        }
        self = kinds
    }

    /// Whether an operation that an earlier mount may have recorded may be sent by this one.
    ///
    /// - Parameter isTrash: whether a folder is the one for deleted mail: a move there may be a deletion.
    func permit(_ change: Change, isTrash: (FolderID) -> Bool) -> Bool {
        switch change {
        case .append, .copy, .createFolder: contains(.append)
        case .flags(_, .remove(let flags)) where flags.isDeleted: contains(.delete)
        case .flags: contains(.flags)
        case .labels: contains(.move)
        case .move(_, let target, _): contains(.move) || contains(.delete) && isTrash(target)
        case .renameFolder: contains(.move)
        case .delete, .expunge, .deleteFolder: contains(.delete)
        }
    }
}
