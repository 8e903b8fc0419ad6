public import IMAPValue
public import MailModel

/// What a connection has selected: the folder, in the epoch in which it was opened. UIDs of another epoch mean nothing there.
public struct SelectedFolder: Hashable, Sendable {
    public let folder: FolderID
    /// nil where the server gave none, or it is not known.
    public let uidValidity: UIDValidity?
    /// Opened with SELECT: messages can be changed.
    public var isWritable: Bool
    /// The flags that last longer than the session; nil where the server does not say, or all do.
    public var permanentFlags: PermanentFlags?

    public init(
        folder: FolderID, uidValidity: UIDValidity?, isWritable: Bool = false, permanentFlags: PermanentFlags? = nil
    ) {
        self.folder = folder
        self.uidValidity = uidValidity
        self.isWritable = isWritable
        self.permanentFlags = permanentFlags
    }

    /// Whether UIDs of this epoch of the folder can be asked for.
    public func isOpen(_ folder: FolderID, _ epoch: UIDValidity) -> Bool {
        self.folder == folder && uidValidity == epoch
    }
}
