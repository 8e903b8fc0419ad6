public import IMAPValue

/// The code in brackets of a status response (RFC 3501 section 7.1, RFC 5530, RFC 9051 section 7.1).
///
/// ```
/// S: A003 OK [APPENDUID 38505 3955] done       .appendUID(UIDValidity(38505), UIDSet(3955))
/// ```
public enum ResponseCode: Sendable, Hashable {
    case alert
    case badCharset
    case capability(Capabilities)
    case parse
    /// `allowsNew`: `\*` was among them, new keywords may be made.
    case permanentFlags(Flags, allowsNew: Bool)
    case readOnly
    case readWrite
    case tryCreate
    case uidNext(UID)
    case uidValidity(UIDValidity)
    case unseen
    // RFC 7162
    case highestModSeq(ModSequence)
    /// `NOMODSEQ`, and `HIGHESTMODSEQ 0`.
    case noModSeq
    /// The messages that a conditional STORE left alone.
    case modified(UIDSet)
    case closed
    // RFC 4315
    case uidNotSticky
    /// Several UIDs after MULTIAPPEND.
    case appendUID(UIDValidity, UIDSet)
    /// The n-th UID of `from` became the n-th of `to`, both ascending and of the same count; a code that cannot be read so
    /// is `other`.
    case copyUID(UIDValidity, from: UIDSet, to: UIDSet)
    /// RFC 4978
    case compressionActive
    /// RFC 8474
    case mailboxID([UInt8])
    // RFC 5530
    case unavailable
    case authenticationFailed
    case authorizationFailed
    case expired
    case privacyRequired
    case contactAdmin
    case noPerm
    case inUse
    case expungeIssued
    case corruption
    case serverBug
    case clientBug
    case cannot
    case limit
    case overQuota
    case alreadyExists
    case nonExistent
    /// RFC 4469
    case tooBig
    // RFC 9051
    case hasChildren
    case unknownCTE
    // RFC 5465
    case notificationOverflow
    case badEvent
    /// Any other code, and one whose value cannot be read: its name in upper case.
    case other(String)
}
