public import IMAPValue
public import MailModel

/// What a connection has selected: the folder, in the epoch in which it was opened. UIDs of another epoch mean nothing there.
public struct SelectedFolder: Hashable, Sendable {
    public let folder: FolderID
    /// nil where the server gave none, or it is not known.
    public let uidValidity: UIDValidity?
    /// Opened with SELECT: messages can be changed.
    public var isWritable: Bool

    public init(folder: FolderID, uidValidity: UIDValidity?, isWritable: Bool = false) {
        self.folder = folder
        self.uidValidity = uidValidity
        self.isWritable = isWritable
    }

    /// Whether UIDs of this epoch of the folder can be asked for.
    public func isOpen(_ folder: FolderID, _ epoch: UIDValidity) -> Bool {
        self.folder == folder && uidValidity == epoch
    }
}
