public import IMAPValue
public import MailModel

/// One message while a listing is loaded. Valid during the call that receives it.
public struct StoredRow {
    public let id: MessageID
    /// nil while it is not known.
    public let uid: UID?
    /// The file name, 1 to 255 bytes; the memory belongs to the database.
    public let name: UnsafeRawBufferPointer
    public let size: UInt64
    public let sizeIsProven: Bool
    /// INTERNALDATE in seconds since 1970.
    public let internalDate: Int64
    public let flags: Flags
    /// Seconds since 1970; 0 if never.
    public let flagsChanged: Int64
    public let isCached: Bool
    /// The UID is of an epoch that ended, or not known: the message is shown, but cannot be asked for until the new listing finds it.
    public let isCandidate: Bool

    /// A copy that outlives the call.
    public var summary: MessageSummary {
        MessageSummary(
            id: id, uid: uid, name: [UInt8](name), size: size, sizeIsProven: sizeIsProven, internalDate: internalDate,
            flags: flags, flagsChanged: flagsChanged, isCached: isCached)
    }
}

/// One message by its id.
public struct StoredMessage: Hashable, Sendable {
    public var folder: FolderID
    /// The epoch that the UID belongs to; nil while the UID is not known.
    public var uidValidity: UIDValidity?
    public var summary: MessageSummary
    public var identity: MessageIdentity
    /// Equal identity means equal bytes.
    public var identityIsProof: Bool

    public init(
        folder: FolderID, uidValidity: UIDValidity?, summary: MessageSummary, identity: MessageIdentity,
        identityIsProof: Bool
    ) {
        self.folder = folder
        self.uidValidity = uidValidity
        self.summary = summary
        self.identity = identity
        self.identityIsProof = identityIsProof
    }
}
