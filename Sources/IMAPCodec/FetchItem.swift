public import IMAPValue

/// The messages of a UID FETCH.
public enum FetchSet: Sendable, Hashable {
    /// Must not be empty.
    case uids(UIDSet)
    /// `n:*`. The last message is among the answers even if its UID is below n (RFC 3501 section 6.4.8).
    case from(UID)
    /// `*`
    case last
}

/// What FETCH asks for.
public enum FetchItem: Sendable, Hashable {
    case uid
    case flags
    /// RFC822.SIZE
    case size
    case internalDate
    /// RFC 7162
    case modSequence
    /// RFC 8474
    case emailID
    /// X-GM-MSGID
    case gmailMessageID
    /// X-GM-LABELS
    case gmailLabels
    /// `BODY.PEEK[HEADER.FIELDS (…)]`; at least one name, of printable ASCII without colon.
    case headerFields([String])
    /// `BODY.PEEK[HEADER]`
    case header
    /// `BODY.PEEK[]`
    case body
    /// `BODY.PEEK[]<offset.count>`, count at least 1. Some servers send more than was asked.
    case partialBody(offset: UInt64, count: UInt64)
    /// Its answer has the grammar that servers break most: what cannot be read counts as not told.
    case bodyStructure
    /// `BODY.PEEK[1.2]`: a part as it is encoded.
    case part(PartNumber)
    /// `BODY.PEEK[1.2.MIME]`: the header of a part.
    case partHeader(PartNumber)
    /// RFC 3516, `BINARY.PEEK[1.2]`: a part as it was before it was encoded.
    case decodedPart(PartNumber)
    /// RFC 3516, `BINARY.SIZE[1.2]`
    case decodedSize(PartNumber)
}

/// How STORE changes flags (RFC 3501 section 6.4.6), or Gmail's labels.
public enum StoreAction: Sendable, Hashable {
    case add
    case remove
    case replace
}
