/// One line of LIST or LSUB (RFC 3501 section 7.2.2, RFC 5258).
///
/// ```
/// S: * LIST (\HasChildren) "/" "Sent Messages"
/// ```
public struct ListEntry: Sendable, Hashable {
    /// The name's octets as the server sent them: the key for every command about this mailbox.
    public var rawName: [UInt8]
    /// nil: the mailbox has no hierarchy.
    public var separator: UInt8?
    /// As sent; compared without case.
    public var attributes: [String]
    /// RFC 8474, where a server adds it to LIST.
    public var mailboxID: [UInt8]?
    /// What the mailbox was called before (RFC 9051 section 6.3.9.7).
    public var oldName: [UInt8]?
    /// Why a mailbox is listed that does not match itself: `SUBSCRIBED` and the like, upper case (RFC 5258 section 3.5).
    public var childInfo: [String]
    /// From LSUB, or with the attribute `\Subscribed`.
    public var isSubscribed: Bool

    public init(
        rawName: [UInt8], separator: UInt8?, attributes: [String] = [], mailboxID: [UInt8]? = nil,
        oldName: [UInt8]? = nil, childInfo: [String] = [], isSubscribed: Bool = false
    ) {
        self.rawName = rawName
        self.separator = separator
        self.attributes = attributes
        self.mailboxID = mailboxID
        self.oldName = oldName
        self.childInfo = childInfo
        self.isSubscribed = isSubscribed
    }

    /// Whether the attribute is there, in whatever case: `has(#"\Noselect"#)`.
    public func has(_ attribute: String) -> Bool {
        let lower = attribute.lowercased()
        return attributes.contains { $0.lowercased() == lower }
    }
}
