public import MailModel

/// A folder with what the store knows of its contents.
public struct StoredFolder: Hashable, Sendable {
    public var folder: Folder
    /// nil until an epoch was begun.
    public var cursor: FolderCursor?
    /// Messages in the listing, those flagged `\Deleted` too.
    public var messages: Int
    /// When the listing last changed, nanoseconds since 1970: the directory's mtime; 0 if it never did.
    public var listingChanged: Int64

    public init(folder: Folder, cursor: FolderCursor?, messages: Int, listingChanged: Int64) {
        self.folder = folder
        self.cursor = cursor
        self.messages = messages
        self.listingChanged = listingChanged
    }
}
