/// What LIST selects and returns beyond RFC 3501 (RFC 5258, RFC 5819, RFC 6154). Without any, the command is the plain one.
///
/// ```
/// C: A2 LIST "" "*" RETURN (SPECIAL-USE STATUS (UIDNEXT))       ListOptions(return: [.specialUse], status: [.uidNext])
/// ```
public struct ListOptions: Sendable, Hashable {
    public enum Selection: String, Sendable, Hashable, CaseIterable {
        case subscribed = "SUBSCRIBED"
        case remote = "REMOTE"
        case specialUse = "SPECIAL-USE"
        /// Only together with another selection.
        case recursiveMatch = "RECURSIVEMATCH"
    }

    public enum Return: String, Sendable, Hashable, CaseIterable {
        case specialUse = "SPECIAL-USE"
        case children = "CHILDREN"
        case subscribed = "SUBSCRIBED"
    }

    public var selection: Set<Selection>
    public var `return`: Set<Return>
    /// STATUS of each mailbox listed (RFC 5819); empty: none.
    public var status: [StatusItem]

    public init(selection: Set<Selection> = [], return: Set<Return> = [], status: [StatusItem] = []) {
        self.selection = selection
        self.return = `return`
        self.status = status
    }

    public static let plain = ListOptions()

    public var isEmpty: Bool { selection.isEmpty && `return`.isEmpty && status.isEmpty }
}

/// What STATUS asks for; the raw value is the name on the wire (RFC 3501 section 6.3.10 and extensions).
public enum StatusItem: String, Sendable, Hashable, CaseIterable {
    case messages = "MESSAGES"
    case uidNext = "UIDNEXT"
    case uidValidity = "UIDVALIDITY"
    case unseen = "UNSEEN"
    /// RFC 7162
    case highestModSeq = "HIGHESTMODSEQ"
    /// RFC 8438
    case size = "SIZE"
    /// RFC 8474
    case mailboxID = "MAILBOXID"
    /// RFC 7889
    case appendLimit = "APPENDLIMIT"
    /// RFC 9051
    case deleted = "DELETED"
}
