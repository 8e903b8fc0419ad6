public import Fuse
internal import Glibc
public import IMAPValue
public import MailModel
internal import MailService
public import MailTree
public import MailViews
internal import Synchronization

// The account under the names of `.views/maildir`. Each change is the one that the same call makes in the account itself; but that the kernel
// made it by another name, so that it has to be told of the account's.
extension MailFileSystem: MaildirAccount {
    public var shownFolders: [Folder] { tree.withLock { $0.folders } }

    public func folder(at path: [[UInt8]]) -> Folder? {
        tree.withLock { tree in tree.directory(at: path).flatMap { tree.folder($0) } }
    }

    public func directory(at path: [[UInt8]]) -> FolderID? { tree.withLock { $0.directory(at: path)?.directory } }

    public func lastChange(in folder: FolderID) -> Int64 {
        let listing = tree.withLock { tree in
            if case .directory(let directory)? = tree.node(InodeNumber(folder)) {
                directory.listingChanged
            } else {
                Int64(0)
            }
        }
        return max(listing, flagChanges.withLock { $0[folder] ?? 0 })
    }

    public func noteChange(in folder: FolderID) {
        let last = lastChange(in: folder)
        let time = max(service.currentMoment, last == .max ? last : last + 1)
        flagChanges.withLock { $0[folder] = max($0[folder] ?? 0, time) }
    }

    public func forEachFile(
        of folder: FolderID, _ body: (_ name: UnsafeRawBufferPointer, _ file: MessageAttributes, _ flags: Flags) -> Void
    ) async throws {
        let inode = InodeNumber(folder)
        guard tree.withLock({ $0.isDirectory(inode) }) else { throw Errno.stale }
        service.used(folder)
        if let folder = unloaded(inode.rawValue) { try await load(folder) }
        tree.withLock { $0.forEachFile(of: inode, body) }
    }

    public func knownFile(_ name: [UInt8], in folder: FolderID) -> MessageAttributes? {
        guard case .message(let file, _)? = find(InodeNumber(folder), name) else { return nil }
        return file
    }

    public func entry(of id: MessageID) -> Entry? {
        let inode = InodeNumber(id)
        guard let node = tree.withLock({ tree in tree.path(of: inode) == nil ? nil : tree.node(inode) }) else {
            return nil
        }
        return entry(node)
    }

    // MARK: - Changes

    /// Makes a change that the kernel knows by another name.
    private func change<Value: Sendable>(
        _ name: [UInt8], _ call: (_ name: UnsafeRawBufferPointer) -> Answer<Value>
    ) async throws -> Value {
        try await Self.$isByOtherNames.withValue(true) { try await name.withUnsafeBytes(call).value() }
    }

    public func createFile(
        _ name: [UInt8], in folder: FolderID, flags: Int32, _ caller: Caller
    ) async throws -> CreateReply {
        try await change(name) {
            create(InodeNumber(folder).rawValue, $0, mode: S_IFREG | 0o600, flags: flags, caller)
        }
    }

    public func makeFile(_ name: [UInt8], in folder: FolderID, _ caller: Caller) async throws -> Entry {
        try await change(name) {
            mknod(InodeNumber(folder).rawValue, $0, mode: S_IFREG | 0o600, device: 0, caller)
        }
    }

    public func requireRename(
        _ id: MessageID, from folder: FolderID, to newFolder: FolderID, as newName: [UInt8], replacing: MessageID?
    ) throws {
        do {
            try service.requireRename(id, from: folder, to: newFolder, as: newName, replacing: replacing)
        } catch {
            throw Errno(error)
        }
    }

    public func renameFile(
        _ name: [UInt8], in folder: FolderID, to newFolder: FolderID, as newName: [UInt8], isExclusive: Bool,
        _ caller: Caller
    ) async throws {
        try await change(name) { name in
            newName.withUnsafeBytes {
                rename(
                    InodeNumber(folder).rawValue, name, InodeNumber(newFolder).rawValue, $0, flags: isExclusive ? 1 : 0,
                    caller)
            }
        }
    }

    public func removeFile(_ name: [UInt8], in folder: FolderID, _ caller: Caller) async throws {
        try await change(name) { unlink(InodeNumber(folder).rawValue, $0, caller) }
    }

    public func synchronise(_ folder: FolderID) async throws {
        try await fsyncdir(InodeNumber(folder).rawValue, 0, dataOnly: false).value()
    }

    public func makeFolder(_ name: [UInt8], in parent: FolderID, _ caller: Caller) async throws {
        _ = try await change(name) { mkdir(InodeNumber(parent).rawValue, $0, mode: 0o700, caller) }
    }

    public func removeFolder(_ name: [UInt8], in parent: FolderID, _ caller: Caller) async throws {
        try await change(name) { rmdir(InodeNumber(parent).rawValue, $0, caller) }
    }

    public func renameFolder(
        _ name: [UInt8], in parent: FolderID, to newParent: FolderID, as newName: [UInt8], isExclusive: Bool,
        _ caller: Caller
    ) async throws {
        try await renameFile(
            name, in: parent, to: newParent, as: newName, isExclusive: isExclusive, caller)
    }

    // MARK: - News

    /// What arrives without a flag is in `new`, until a program moves it or a flag is set; what was there when a listing was first had is not.
    func noteForMaildir(_ batch: AppliedBatch) {
        let isUnseen = { (message: MessageSummary) in
            message.uid != nil && message.standing == .settled
                && message.flags.system.isDisjoint(with: [.seen, .answered, .flagged, .draft])
        }
        if !batch.isFirstListing { maildirMarks.arrived(batch.arrived.filter(isUnseen).map(\.id)) }
        maildirMarks.left(batch.removed, isGone: true)
        guard !batch.updated.isEmpty else { return }
        let isFlagged = tree.withLock { tree in
            batch.updated.contains { tree.message($0.id)?.summary.flags != $0.flags }
        }
        guard isFlagged else { return }
        maildirMarks.left(
            batch.updated.filter { $0.standing != .scratch && !isUnseen($0) && $0.flags.system != [] }.map(\.id),
            isGone: false)
        noteChange(in: batch.folder)
    }
}
