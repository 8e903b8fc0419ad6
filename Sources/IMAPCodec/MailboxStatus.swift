public import IMAPValue

/// The answer to STATUS (RFC 3501 section 7.2.4); nil is what the server left out or sent unreadably.
///
/// ```
/// S: * STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)
/// ```
public struct MailboxStatus: Sendable, Hashable {
    public var rawName: [UInt8]
    public var messages: UInt32?
    public var uidNext: UID?
    public var uidValidity: UIDValidity?
    public var unseen: UInt32?
    /// nil for 0 as well, which means that the mailbox has none (RFC 7162 section 3.1.2.2).
    public var highestModSeq: ModSequence?
    /// Octets of all messages (RFC 8438).
    public var size: UInt64?
    /// RFC 8474
    public var mailboxID: [UInt8]?
    /// Octets that one message may have (RFC 7889); nil for NIL too.
    public var appendLimit: UInt64?
    /// Messages with `\Deleted` (RFC 9051 section 6.3.11).
    public var deleted: UInt32?

    public init(
        rawName: [UInt8], messages: UInt32? = nil, uidNext: UID? = nil, uidValidity: UIDValidity? = nil,
        unseen: UInt32? = nil, highestModSeq: ModSequence? = nil, size: UInt64? = nil, mailboxID: [UInt8]? = nil,
        appendLimit: UInt64? = nil, deleted: UInt32? = nil
    ) {
        self.rawName = rawName
        self.messages = messages
        self.uidNext = uidNext
        self.uidValidity = uidValidity
        self.unseen = unseen
        self.highestModSeq = highestModSeq
        self.size = size
        self.mailboxID = mailboxID
        self.appendLimit = appendLimit
        self.deleted = deleted
    }
}
