internal import IMAPValue
internal import MailModel

/// What a connection has selected: the folder, in the epoch in which it was opened. UIDs of another epoch mean nothing there.
struct SelectedFolder: Hashable, Sendable {
    let folder: FolderID
    /// nil where the server gave none, or it is not known.
    let uidValidity: UIDValidity?
}
