internal import IMAPValue
internal import MailModel

/// What a connection has selected: the folder, in the epoch in which it was opened. UIDs of another epoch mean nothing there.
struct SelectedFolder: Hashable, Sendable {
    let folder: FolderID
    /// nil where the server gave none, or it is not known.
    let uidValidity: UIDValidity?
    /// Opened with SELECT: messages can be changed.
    var isWritable = false

    /// Whether UIDs of this epoch of the folder can be asked for.
    func isOpen(_ folder: FolderID, _ epoch: UIDValidity) -> Bool {
        self.folder == folder && uidValidity == epoch
    }
}
