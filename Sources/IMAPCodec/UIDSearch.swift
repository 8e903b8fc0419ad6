/// The criteria of a UID SEARCH, all of which a message must meet (RFC 3501 section 6.4.4).
///
/// ```
/// C: A5 UID SEARCH UID 4827:* HEADER Message-ID "<1@example.org>"
/// ```
public struct UIDSearch: Sendable, Hashable {
    public enum Key: Sendable, Hashable {
        case all
        case uids(FetchSet)
        /// The field contains the value, without regard to case; an empty value matches every message that has the field.
        case header(name: String, value: [UInt8])
        /// RFC822.SIZE above this many octets.
        case larger(UInt32)
        /// RFC822.SIZE below this many octets.
        case smaller(UInt32)
        case deleted
        case undeleted
        case keyword(String)
        /// The header or the text contains it, without regard to case.
        case text([UInt8])
        /// The text contains it.
        case body([UInt8])
        /// X-GM-RAW: Gmail's own words.
        case gmailRaw([UInt8])
    }

    /// Must not be empty.
    public var keys: [Key]
    /// Asks for an ESEARCH answer with all UIDs (RFC 4731); else the answer is SEARCH.
    public var returnsAll: Bool

    public init(_ keys: [Key], returnsAll: Bool = false) {
        self.keys = keys
        self.returnsAll = returnsAll
    }

    public static let all = UIDSearch([.all])

    public static func uids(_ set: FetchSet) -> UIDSearch { UIDSearch([.uids(set)]) }

    public static func header(_ name: String, _ value: [UInt8]) -> UIDSearch {
        UIDSearch([.header(name: name, value: value)])
    }
}
