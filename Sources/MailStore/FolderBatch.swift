public import IMAPValue
public import MailModel

/// What was learnt of a folder, stored in one transaction with the cursor that covers it.
public struct FolderBatch: Sendable {
    public var folder: FolderID
    /// The epoch that all UIDs of the batch belong to.
    public var uidValidity: UIDValidity
    /// In any order. A UID that is known already counts as a change of its flags.
    public var arrived: [MessageMetadata]
    /// All flags of messages that are known; unknown UIDs are passed over.
    public var flags: [(UID, Flags)]
    /// All labels of messages that are known.
    public var labels: [(UID, Labels)] = []
    /// Messages of this epoch that have another UID now; each new one is among `arrived` as well.
    public var renumbered: [UID: UID] = [:]
    /// May hold UIDs that are not known, and wins over `arrived`.
    public var vanished: UIDSet
    /// nil leaves the stored one.
    public var cursor: FolderCursor?
    /// Another batch follows that is durable, and this one with it: until then a crash of the machine may lose it.
    public var isPart = false

    public init(
        folder: FolderID, uidValidity: UIDValidity, arrived: [MessageMetadata] = [], flags: [(UID, Flags)] = [],
        vanished: UIDSet = UIDSet(), cursor: FolderCursor? = nil
    ) {
        self.folder = folder
        self.uidValidity = uidValidity
        self.arrived = arrived
        self.flags = flags
        self.vanished = vanished
        self.cursor = cursor
    }
}
