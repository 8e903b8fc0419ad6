public import IMAPValue

/// How far a folder is known. It moves only in the transaction that stores what it covers.
public struct FolderCursor: Hashable, Sendable {
    /// The epoch that every stored UID of the folder belongs to.
    public var uidValidity: UIDValidity
    /// Every UID below this one is stored or known to be gone.
    public var uidNext: UInt32
    /// Every flag change up to here is stored; nil without CONDSTORE.
    public var highestModSeq: ModSequence?
    /// The first listing was completed in this epoch.
    public var isListed: Bool

    public init(uidValidity: UIDValidity, uidNext: UInt32, highestModSeq: ModSequence?, isListed: Bool) {
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.highestModSeq = highestModSeq
        self.isListed = isListed
    }
}
