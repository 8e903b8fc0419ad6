public import IMAPValue

/// One response of a server (RFC 3501 section 7).
///
/// ```
/// S: A142 OK [READ-WRITE] SELECT completed       .tagged(tag: "A142", …)
/// S: * 172 EXISTS                                .untagged(.exists(172))
/// ```
public enum Response: Sendable, Hashable {
    case tagged(tag: [UInt8], StatusResponse)
    /// `+`: go on with a literal, or a SASL challenge in base64.
    case continuation(text: [UInt8])
    case untagged(Untagged)
}

/// What a server says without having been asked, or as the data of a command (RFC 3501 section 7).
public enum Untagged: Sendable, Hashable {
    case status(StatusResponse)
    case capability(Capabilities)
    /// Names in upper case (RFC 5161 section 3.2).
    case enabled([String])
    /// LIST, and LSUB as an entry that is subscribed.
    case list(ListEntry)
    case mailboxStatus(MailboxStatus)
    case flags(Flags)
    case exists(UInt32)
    case recent(UInt32)
    /// A sequence number.
    case expunge(UInt32)
    case fetch(FetchResponse)
    /// `earlier`: answers what was asked for, and shifts no sequence numbers (RFC 7162 section 3.2.10).
    case vanished(UIDSet, earlier: Bool)
    /// Numbers in the order sent, and the highest modification sequence among them (RFC 7162 section 3.1.5).
    case search([UInt32], ModSequence?)
    case esearch(ESearchResult)
    case namespace([Namespace])
    /// Empty for `ID NIL`.
    case id([IDField])
    case quotaRoot(mailbox: [UInt8], roots: [[UInt8]])
    case quota(QuotaRoot)
    /// A response that this client has no use for; its name in upper case.
    case unknown(name: String)
}
