public import MailModel

/// Who shows the account: told of every change after it is stored, in order.
public protocol MailObserver: AnyObject, Sendable {
    /// Folders came or changed.
    /// - Parameter listingChanged: when each listing last changed, nanoseconds since 1970.
    func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)])
    func foldersRemoved(_ folders: [FolderID])
    /// Called in the order of the commits, before any later commit; must not wait.
    func messagesChanged(_ batch: AppliedBatch)
}
