public import IMAPValue
public import MailModel

/// What STATUS told of a folder that nobody watches (RFC 3501 section 6.3.10).
public struct PolledStatus: Hashable, Sendable {
    public var messages: UInt32?
    public var uidNext: UID?
    public var uidValidity: UIDValidity?
    public var unseen: UInt32?
    public var highestModSeq: ModSequence?

    public init(
        messages: UInt32?, uidNext: UID?, uidValidity: UIDValidity?, unseen: UInt32?, highestModSeq: ModSequence?
    ) {
        self.messages = messages
        self.uidNext = uidNext
        self.uidValidity = uidValidity
        self.unseen = unseen
        self.highestModSeq = highestModSeq
    }

    /// Whether the folder must be synchronised: anything differs from what is stored, or too little was told to be sure.
    ///
    /// Without mod-sequences a changed flag shows only in UNSEEN, so folders in use are listed now and then all the same.
    public func differs(from cursor: FolderCursor?, known: Int, previous: PolledStatus?) -> Bool {
        guard let cursor, cursor.isListed else { return true }
        if let uidValidity, uidValidity != cursor.uidValidity { return true }
        if let messages, Int(messages) != known { return true }
        if let uidNext, uidNext.rawValue != cursor.uidNext { return true }
        if let highestModSeq, let stored = cursor.highestModSeq { return highestModSeq != stored }
        if messages == nil && uidNext == nil { return true }
        guard let previous else { return true }
        return previous.unseen != unseen
    }
}
