public import IMAPValue

/// What SELECT or EXAMINE told of a mailbox (RFC 3501 section 6.3.1, RFC 7162 sections 3.1.2 and 3.2.5).
public struct SelectedMailbox: Hashable, Sendable {
    public var exists: UInt32 = 0
    /// nil where the server gave none.
    public var uidValidity: UIDValidity?
    public var uidNext: UID?
    /// nil for NOMODSEQ, 0 and servers without CONDSTORE.
    public var highestModSeq: ModSequence?
    public var uidsAreSticky = true
    public var isReadOnly = false
    /// nil where the server does not say.
    public var permanentFlags: PermanentFlags?
    /// From `VANISHED (EARLIER)`.
    public var vanished = UIDSet()
    /// From the FETCH responses of a QRESYNC select.
    public var changed: [UID: Flags] = [:]

    public init() {}
}
