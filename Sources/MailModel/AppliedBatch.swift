/// What a transaction changed in one folder.
public struct AppliedBatch: Hashable, Sendable {
    public var folder: FolderID
    /// Ascending by id.
    public var arrived: [MessageSummary] = []
    public var removed: [MessageID] = []
    /// Flags, UID, size or cached changed; the id stayed.
    public var updated: [MessageSummary] = []
    /// The directory's mtime after it, nanoseconds since 1970.
    public var listingChanged: Int64 = 0
    /// The folder showed no message before it: this and what follows is all that it shows. False says nothing.
    public var isFirst = false
    /// Of the first listing of the folder, which comes in parts: what arrives was there before anybody looked. False says nothing.
    public var isFirstListing = false

    public init(
        folder: FolderID, arrived: [MessageSummary] = [], removed: [MessageID] = [], updated: [MessageSummary] = [],
        listingChanged: Int64 = 0, isFirst: Bool = false, isFirstListing: Bool = false
    ) {
        self.folder = folder
        self.arrived = arrived
        self.removed = removed
        self.updated = updated
        self.listingChanged = listingChanged
        self.isFirst = isFirst
        self.isFirstListing = isFirstListing
    }

    /// Nothing that a listing shows changed.
    public var isEmpty: Bool { arrived.isEmpty && removed.isEmpty && updated.isEmpty }
}
