public import Fuse
public import IMAPValue
public import MailModel
public import MailTree

/// The account as the Maildir sees it: its files are the account's own, under other names, and so are all changes.
///
/// Errors are those that the same change gives in the account itself.
public protocol MaildirAccount: ViewedAccount {
    var isReadOnly: Bool { get }
    var maildirMarks: MaildirMarks { get }

    /// All that are shown, in any order.
    var shownFolders: [Folder] { get }
    /// The folder at a path of shown components; nil where there is none.
    func folder(at path: [[UInt8]]) -> Folder?
    /// The folder, or the directory that only holds some, at a path of shown components.
    func directory(at path: [[UInt8]]) -> FolderID?
    /// When the listing of a folder, or a flag in it, changed last: nanoseconds since 1970, more with each change.
    func lastChange(in folder: FolderID) -> Int64
    /// A name in the Maildir of a folder has changed, though none of the account's has.
    func noteChange(in folder: FolderID)
    /// The messages and files of a folder, as ``ViewedAccount/forEachEntry(of:_:)``.
    ///
    /// - Throws: `Errno`.
    func forEachFile(
        of folder: FolderID, _ body: (_ name: UnsafeRawBufferPointer, _ file: MessageAttributes, _ flags: Flags) -> Void
    ) async throws
    /// What is known without the server of a file, or a message, of that name.
    func knownFile(_ name: [UInt8], in folder: FolderID) -> MessageAttributes?
    /// As the kernel is told of a file; nil where it is gone.
    func entry(of id: MessageID) -> Entry?

    /// - Throws: `Errno`.
    func createFile(_ name: [UInt8], in folder: FolderID, flags: Int32, _ caller: Caller) async throws -> CreateReply
    /// - Throws: `Errno`.
    func makeFile(_ name: [UInt8], in folder: FolderID, _ caller: Caller) async throws -> Entry
    /// Throws where ``renameFile`` is nothing that may be done with this message, and does nothing.
    ///
    /// - Throws: `Errno`.
    func requireRename(
        _ id: MessageID, from folder: FolderID, to newFolder: FolderID, as newName: [UInt8], replacing: MessageID?
    ) throws
    /// - Parameter isExclusive: fails where there is one of the new name.
    /// - Throws: `Errno`.
    func renameFile(
        _ name: [UInt8], in folder: FolderID, to newFolder: FolderID, as newName: [UInt8], isExclusive: Bool,
        _ caller: Caller
    ) async throws
    /// - Throws: `Errno`.
    func removeFile(_ name: [UInt8], in folder: FolderID, _ caller: Caller) async throws
    /// Returns when the changes of a folder are durable, as of fsync.
    ///
    /// - Throws: `Errno`.
    func synchronise(_ folder: FolderID) async throws

    /// - Parameter parent: `.root` for one at the top.
    /// - Throws: `Errno`.
    func makeFolder(_ name: [UInt8], in parent: FolderID, _ caller: Caller) async throws
    /// - Throws: `Errno`.
    func removeFolder(_ name: [UInt8], in parent: FolderID, _ caller: Caller) async throws
    /// - Throws: `Errno`.
    func renameFolder(
        _ name: [UInt8], in parent: FolderID, to newParent: FolderID, as newName: [UInt8], isExclusive: Bool,
        _ caller: Caller
    ) async throws
}
