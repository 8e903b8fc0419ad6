public import Fuse
internal import Glibc
internal import IMAPValue
public import Logging
internal import MailModel
public import MailService
internal import MailTree
internal import Synchronization

/// The account as a file system: every name and attribute from the tree in memory, every body from the cache or, once, from the server.
///
/// Lock order: `tree` last; nothing is called while it is held.
public final class MailFileSystem: FileSystem {
    /// Seconds for which the kernel may keep what it was told. Long, because every change is announced.
    static let timeout = 86_400.0

    let service: MailService
    let tree: Mutex<MailTree>
    let files = OpenFiles()
    let logger: Logger
    let isReadOnly: Bool
    /// Where the program listens for commands about this mount.
    let controlPath: String
    let uid = getuid()
    let gid = getgid()
    private let kernel = Mutex<Notifier?>(nil)

    /// - Parameter now: seconds since 1970.
    public init(service: MailService, isReadOnly: Bool, controlPath: String, logger: Logger, now: Int64) {
        self.service = service
        self.isReadOnly = isReadOnly
        self.controlPath = controlPath
        self.logger = logger
        tree = Mutex(MailTree(now: now))
    }

    /// Gives the way to tell the kernel of changes; before, there is nothing it could hold.
    public func attach(_ notifier: Notifier) {
        kernel.withLock { $0 = notifier }
    }

    func announce(_ invalidations: [Invalidation]) {
        guard !invalidations.isEmpty, let notifier = kernel.withLock({ $0 }) else { return }
        for invalidation in invalidations {
            switch invalidation {
            case .listing(let inode): notifier.invalidateInode(inode.rawValue)
            case .attributes(let inode): notifier.invalidateInode(inode.rawValue, offset: -1)
            case .entry(let parent, let name): notifier.invalidateEntry(parent.rawValue, name)
            case .removed(let parent, let child, let name):
                notifier.deleted(parent.rawValue, child.rawValue, name)
            }
        }
    }

    // MARK: - Listings

    /// The folder whose listing must be had before this directory can be answered for; nil when it is there.
    func unloaded(_ inode: Inode) -> FolderID? {
        tree.withLock { tree in
            let inode = InodeNumber(rawValue: inode)
            return tree.listing(inode) == .unloaded ? tree.folder(inode)?.id : nil
        }
    }

    /// Returns when the folder's listing is in memory.
    func load(_ folder: FolderID) async throws {
        do {
            try await service.ensureListed(folder)
            guard unloaded(InodeNumber(folder).rawValue) != nil else { return }
            var table = MessageTable()
            var ids: [MessageID] = []
            try service.loadListing(folder) { message in
                table.put(message)
                ids.append(message.id)
            } done: {
                tree.withLock { tree in
                    tree.load(folder) {
                        swap(&$0, &table)
                        return ids
                    }
                }
            }
        } catch {
            logger.info("cannot list folder \(folder.rawValue): \(error)")
            throw Errno(error)
        }
    }

    // MARK: - Attributes

    func attributes(_ node: Node) -> TimedAttributes {
        switch node {
        case .directory(let directory):
            TimedAttributes(
                Attributes(
                    inode: directory.inode.rawValue, kind: .directory, permissions: isReadOnly ? 0o500 : 0o700,
                    linkCount: directory.linkCount, uid: uid, gid: gid, size: 4096, accessed: directory.modified,
                    modified: directory.modified, changed: directory.modified), timeout: Self.timeout)
        case .message(let message, _):
            // A size that is only claimed is asked for again each time, so that whoever opens the file sees the true one.
            TimedAttributes(
                Attributes(
                    inode: InodeNumber(message.id).rawValue, kind: .regularFile,
                    permissions: isReadOnly ? 0o400 : 0o600, uid: uid, gid: gid, size: message.size,
                    accessed: message.modified, modified: message.modified, changed: message.changed),
                timeout: message.sizeIsProven ? Self.timeout : 0)
        }
    }

    func entry(_ node: Node) -> Entry {
        let timed = attributes(node)
        return Entry(
            inode: node.inode.rawValue, attributes: timed.attributes, attributeTimeout: timed.timeout,
            entryTimeout: Self.timeout)
    }
}
