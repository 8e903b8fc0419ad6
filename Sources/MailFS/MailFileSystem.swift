internal import BlockingWork
public import Fuse
internal import Glibc
internal import IMAPValue
public import Logging
internal import MailModel
public import MailService
internal import MailTree
public import MailViews
internal import PosixFile
internal import Synchronization

/// The account as a file system: every name and attribute from the tree in memory, every body from the cache or, once, from the server.
///
/// Lock order: the work of a written file, the service, `tree`, the locks of `files`; nothing that waits is called while `tree` is held.
public final class MailFileSystem: FileSystem {
    /// Seconds for which the kernel may keep what it was told. Long, because every change is announced.
    static let timeout = 86_400.0

    /// Whether what is asked for was asked of other names than those in the account, so that of these the kernel does not know what it did.
    @TaskLocal static var isByOtherNames = false

    let service: MailService
    let tree: Mutex<MailTree>
    let files = OpenFiles()
    let reserve = Mutex(DescriptorReserve.ofProcess)
    let logger: Logger
    public let isReadOnly: Bool
    /// Each change waits for the server's answer before its call returns.
    let waitsForServer: Bool
    let ownChanges = OwnChanges()
    /// What fast mode remembers in place of handles.
    let memory = ReaderMemory()
    let watch: WriterWatch
    let trial = Atomic(Trial.none)
    let attempts = Atomic(0)
    /// Whether the kernel can open files without asking, and may.
    let kernelMayOpen = Atomic(false)
    /// As the kernel knows it; nil before there is a mount.
    let mountpoint = Mutex<String?>(nil)
    /// Where the program listens for commands about this mount.
    let controlPath: String
    let ownership: Ownership
    let recentChanges = Mutex(RecentChanges())
    let unkeptTimes = Mutex(UnkeptTimes())
    /// Files that programs have made, and the messages that they became.
    let made = Mutex<Set<MessageID>>([])
    public let maildirMarks = MaildirMarks()
    /// When a flag in each folder changed last, as `lastChange(in:)` has it.
    let flagChanges = Mutex<[FolderID: Int64]>([:])
    /// Folders of which a view knows that they are listed.
    let viewedFolders = Mutex<Set<FolderID>>([])
    private let isAskedAlways: Bool
    private let kernel = Mutex<Notifier?>(nil)
    private let loading = Mutex<[FolderID: Task<Void, any Error>]>([:])

    /// - Parameters:
    ///   - isAskedAlways: each open is to be heard of: there is no fast mode.
    public init(
        service: MailService, isReadOnly: Bool, waitsForServer: Bool = false, ownership: Ownership = Ownership(),
        isAskedAlways: Bool = false, controlPath: String, logger: Logger
    ) {
        self.service = service
        self.isReadOnly = isReadOnly
        self.waitsForServer = waitsForServer
        self.ownership = ownership
        self.isAskedAlways = isAskedAlways
        self.controlPath = controlPath
        self.logger = logger
        tree = Mutex(MailTree(now: service.listingChangedOfRoot))
        let this = WeakFileSystem()
        watch = Self.makeWatch(this)
        this.value = self
    }

    /// Gives the way to tell the kernel of changes; before, there is nothing it could hold.
    public func attach(_ notifier: Notifier, mountpoint: String) {
        kernel.withLock { $0 = notifier }
        self.mountpoint.withLock { $0 = mountpoint }
    }

    public func initialized(_ capabilities: Capabilities) {
        kernelMayOpen.store(capabilities.openWithoutAsking && !isAskedAlways, ordering: .releasing)
    }

    func announce(_ invalidations: [Invalidation]) {
        guard !invalidations.isEmpty, let notifier = kernel.withLock({ $0 }) else { return }
        for invalidation in ownChanges.filter(invalidations) {
            switch invalidation {
            case .listing(let inode): notifier.invalidateInode(inode.rawValue)
            case .attributes(let inode): notifier.invalidateInode(inode.rawValue, offset: -1)
            case .content(let inode):
                if let id = inode.message { memory.forgetBody(of: id) }
                notifier.invalidateInode(inode.rawValue)
            case .entry(let parent, let name): notifier.invalidateEntry(parent.rawValue, name)
            case .removed(let parent, let child, let name):
                notifier.deleted(parent.rawValue, child.rawValue, name)
            }
        }
    }

    /// The kernel asks for the size before whoever opens the file sees it.
    func correctSize(of inode: InodeNumber) {
        kernel.withLock { $0 }?.invalidateAttributesAtOnce(inode.rawValue)
    }

    /// Of a file that is not what the kernel has of it.
    func dropContent(of inode: InodeNumber) {
        kernel.withLock { $0 }?.invalidateInode(inode.rawValue)
    }

    // MARK: - Listings

    /// The folder whose listing must be had before this directory can be answered for; nil when it is there.
    func unloaded(_ inode: Inode) -> FolderID? {
        let inode = InodeNumber(rawValue: inode)
        return tree.withLock { $0.listing(inode) } == .unloaded ? inode.directory : nil
    }

    /// Returns when the folder's listing is in memory.
    func load(_ folder: FolderID) async throws {
        do {
            // The root and folders that only hold folders have files of this mount, of which the server knows nothing.
            if tree.withLock({ $0.holdsMessages(InodeNumber(folder)) }) {
                tree.withLock { $0.expect(folder) }
                try await service.ensureListed(folder)
            }
            guard unloaded(InodeNumber(folder).rawValue) != nil else { return }
            var isLoaded = false
            try service.inOrder { isLoaded = tree.withLock { $0.loadGathered(folder) } }
            if isLoaded { return service.releaseMemory() }
            try await takeListing(folder)
        } catch {
            tree.withLock { $0.giveUp(folder) }
            logger.info("cannot list folder \(folder.rawValue): \(error)")
            throw Errno(error)
        }
    }

    /// Begins to load the listing that was looked at last in an earlier run: who asks for it first waits for what is left of that.
    public func loadAhead() {
        guard let folder = service.lastListed else { return }
        Task(executorPreference: BlockingExecutor.disk) { try? await self.takeListing(folder) }
    }

    /// Brings a listing from the store into memory, once for all who ask for it at the same time.
    private func takeListing(_ folder: FolderID) async throws {
        let task = loading.withLock { loading in
            if let running = loading[folder] { return running }
            let task = Task(executorPreference: BlockingExecutor.disk) {
                defer { self.loading.withLock { $0[folder] = nil } }
                guard self.unloaded(InodeNumber(folder).rawValue) != nil else { return }
                try self.service.loadListing(folder) { table in self.tree.withLock { $0.load(folder, table) } }
            }
            loading[folder] = task
            return task
        }
        try await task.value
    }

    // MARK: - Attributes

    func attributes(_ node: Node) -> TimedAttributes {
        switch node {
        case .directory(let directory):
            TimedAttributes(
                Attributes(
                    inode: directory.inode.rawValue, kind: .directory,
                    permissions: ownership.permissions(isDirectory: true, isReadOnly: isReadOnly),
                    linkCount: directory.linkCount, uid: ownership.uid, gid: ownership.gid, size: 4096,
                    accessed: directory.modified, modified: directory.modified, changed: directory.modified,
                    accessedNanoseconds: directory.modifiedNanoseconds,
                    modifiedNanoseconds: directory.modifiedNanoseconds,
                    changedNanoseconds: directory.modifiedNanoseconds),
                timeout: Self.timeout)
        case .message(let message, _):
            if let live = files.written(message.id)?.live {
                TimedAttributes(
                    file(message.id, size: live.size, modified: live.modified, changed: live.modified), timeout: 0)
            } else {
                // What a server claims that was wrong before is asked for again each time, and so is what claims to be empty, of which
                // the kernel would read nothing.
                TimedAttributes(
                    file(
                        message.id, size: message.sizeIsProven ? message.size : access.told(claim: message.size),
                        modified: message.modified, changed: message.changed),
                    timeout: message.sizeIsProven
                        || (service.sizeClaimsAreRight && access.keeps(claim: message.size)) ? Self.timeout : 0)
            }
        }
    }

    /// As `attributes`, for the kernel, which then goes by the size that it is told.
    func told(_ node: Node) -> TimedAttributes {
        if case .message(let message, _) = node { memory.told(message.id) }
        return attributes(node)
    }

    func file(_ id: MessageID, size: UInt64, modified: Int64, changed: Int64) -> Attributes {
        Attributes(
            inode: InodeNumber(id).rawValue, kind: .regularFile,
            permissions: ownership.permissions(isDirectory: false, isReadOnly: isReadOnly), uid: ownership.uid,
            gid: ownership.gid, size: size, accessed: modified, modified: modified, changed: changed)
    }

    /// A file that has no name any more, as long as it is open.
    func nameless(_ inode: Inode) -> TimedAttributes? {
        guard let id = InodeNumber(rawValue: inode).message,
            var attributes = files.anyUse(of: id)?.attributes ?? memory.attributes(ofDeparted: id)
        else { return nil }
        attributes.linkCount = 0
        if let written = files.written(id) { attributes.size = written.file.size }
        return TimedAttributes(attributes, timeout: 0)
    }

    func entry(_ node: Node) -> Entry {
        let timed = told(node)
        return Entry(
            inode: node.inode.rawValue, attributes: timed.attributes, attributeTimeout: timed.timeout,
            entryTimeout: Self.timeout)
    }
}
