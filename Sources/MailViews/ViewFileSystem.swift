public import Fuse
internal import Glibc
public import MailModel
internal import Synchronization

/// The views as the kernel asks for them. Every inode number of theirs has ``isView(_:)``; whoever mounts hands on what is asked of those.
///
/// Names are believed for the directory's `validity`, attributes for that or a second, listings not at all, so nothing need be announced; a size
/// that was only claimed is believed not at all.
public final class ViewFileSystem: FileSystem {
    let account: any ViewedAccount
    let inodes: ViewInodes
    let contents = ViewContents()
    private let uid: UInt32
    private let gid: UInt32
    private let umask: UInt16
    private let kernel = Mutex<Notifier?>(nil)
    private let listings = Mutex<(next: Handle, open: [Handle: (directory: Inode, listing: ViewListing)])>((1, [:]))

    /// In the root of the mount.
    public static let name = Array(".views".utf8)
    /// `.views` itself.
    public static let root = ViewInodes.root
    /// Seconds.
    static let validity = 1.0

    public static func isView(_ inode: Inode) -> Bool { inode & ViewInodes.mark != 0 }

    /// - Parameter umask: permission bits that nothing has.
    public init(_ root: any ViewDirectory, of account: any ViewedAccount, uid: UInt32, gid: UInt32, umask: UInt16) {
        self.account = account
        self.uid = uid
        self.gid = gid
        self.umask = umask
        inodes = ViewInodes(root: root, name: Self.name)
    }

    public func attach(_ notifier: Notifier) { kernel.withLock { $0 = notifier } }

    /// The components that lead to a node from the root of the mount; nil where it is not known.
    public func path(of inode: Inode) -> [[UInt8]]? { inodes.path(of: inode) }

    /// The message that a node is made of, or leads to; nil where there is no such one.
    public func source(of inode: Inode) -> MessageID? {
        switch inodes[inode]?.node {
        case .file(let file): file.source
        case .link(let link): link.message
        case .directory, .alias, nil: nil
        }
    }

    /// The message of that name in a directory whose files are the account's, or of links to them, as far as it is known at once.
    public func message(_ name: UnsafeRawBufferPointer, in parent: Inode) -> MessageID? {
        guard case .directory(let directory)? = inodes[parent]?.node else { return nil }
        if let files = directory as? any FileDirectory { return files.message(named: [UInt8](name)) }
        guard case .link(let link)? = inodes.node([UInt8](name), in: parent) else { return nil }
        return link.message
    }

    /// The kernel asks for the size before whoever opens or reads the file sees it.
    func correctSize(of inode: Inode) { kernel.withLock { $0 }?.invalidateAttributesAtOnce(inode) }

    // MARK: - Names

    public func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        guard case .directory(let directory)? = inodes[parent]?.node else { return .failed(.stale) }
        guard name.count <= 255 else { return .failed(.nameTooLong) }
        let name = [UInt8](name)
        if let files = directory as? any FileDirectory, var entry = files.knownEntry(name) {
            entry.entryTimeout = directory.validity
            return .now(entry)
        }
        return .later { [self] in
            guard let node = try await directory.lookup(name) else { throw Errno.notFound }
            if !directory.isKept(name), caller.isMakingDirectory { throw Errno.notFound }
            return try await entry(node, name, in: parent, validity: directory.validity)
        }
    }

    /// `.views`, found in the root of the mount.
    public func rootEntry() -> Answer<Entry> {
        guard case .directory(let directory)? = inodes[Self.root]?.node else { return .failed(.stale) }
        return .now(
            Entry(
                inode: Self.root, attributes: attributes(Self.root, .directory(directory), size: 0),
                attributeTimeout: Self.validity, entryTimeout: 86_400))
    }

    func entry(_ node: ViewNode, _ name: [UInt8], in parent: Inode, validity: Double) async throws -> Entry {
        if case .alias(var entry) = node {
            entry.entryTimeout = validity
            return entry
        }
        let inode = inodes.enter(node, name, in: parent, validity: validity)
        do {
            let timed = try await timed(inode, node, atMost: Self.lookupLimit)
            // The directories of a Maildir stay what they are, though their times and the names in them are believed for no time.
            let isLasting = if case .directory(let directory) = node { directory is any FileDirectory } else { false }
            return Entry(
                inode: inode, attributes: timed.attributes, attributeTimeout: timed.timeout,
                entryTimeout: isLasting ? Self.validity : validity)
        } catch {
            forget(inode, 1)
            throw error
        }
    }

    public func forget(_ inode: Inode, _ count: UInt64) {
        // The number may be another file's next.
        if inodes.forget(inode, count) { contents.forget(inode) }
    }

    public func readlink(_ inode: Inode) -> Answer<[UInt8]> {
        guard let node = inodes[inode]?.node else { return .failed(.stale) }
        guard case .link(let link) = node else { return .failed(.invalidArgument) }
        // The kernel believes a name for a while; its message may have been moved meanwhile, or the folder that it is in.
        guard let message = link.message, link.changes != account.changes, let path = inodes.path(of: inode) else {
            return .now(link.target)
        }
        let depth = path.count - 1
        if let path = account.path(of: message) { return .now(ViewLink.target(depth: depth, path: path)) }
        return .later { [self] in
            let found = try await account.found(among: [message]).first
            return found.map { ViewLink.target(depth: depth, path: $0.path) } ?? link.target
        }
    }

    // MARK: - Attributes

    /// Who asks for one file gets its exact size, though it take the server; who asks while the directory is being listed, as `ls -l` and file
    /// managers do for all files of it, gets a bound in its place.
    ///
    /// - Parameter handle: of the open file where a read is to follow. The kernel has one too where it opens without asking.
    public func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> {
        guard let row = inodes[inode] else { return .failed(.stale) }
        guard case .file(let file) = row.node, row.exactSize == nil else {
            if let size = row.exactSize { inodes.told(inode, size: size) }
            return .now(
                TimedAttributes(
                    attributes(inode, row.node, size: row.exactSize ?? 0), timeout: Self.validity(of: row.node)))
        }
        let isListed = listings.withLock { $0.open.values.contains { $0.directory == row.parent } }
        return .later { [self] in
            if handle != nil {
                _ = try await make(inode, file)
            } else if !isListed, file.sizeAtHand() == nil {
                do {
                    _ = try await make(inode, file)
                } catch  where !(error is CancellationError) && error as? Errno != .interrupted {
                    // It cannot be read now, but it is there.
                }
            }
            return try await timed(inode, row.node)
        }
    }

    /// Programs tell by the time of a directory whether they have to list it again: it is believed no longer than the names in it.
    private static func validity(of node: ViewNode) -> Double {
        if case .directory(let directory) = node { min(validity, directory.validity) } else { validity }
    }

    /// Octets of a content that is made to answer a lookup. A lookup holds up others in its directory, and listings of it; of what is larger the
    /// kernel asks for attributes next, which hold up nothing.
    static let lookupLimit: UInt64 = 4 << 20

    /// - Parameter limit: what may have more octets is not made.
    private func timed(
        _ inode: Inode, _ node: ViewNode, atMost limit: UInt64 = .max
    ) async throws -> TimedAttributes {
        guard case .file(let file) = node else {
            return TimedAttributes(attributes(inode, node, size: 0), timeout: Self.validity(of: node))
        }
        var exact = inodes[inode]?.exactSize
        if exact == nil, let size = file.sizeAtHand() {
            _ = inodes.made(inode, size: size)
            exact = size
        } else if exact == nil, file.sizeLimit <= limit, let content = try await file.contentAtHand() {
            contents.keep(inode, content)
            let size = UInt64(content.octets.count)
            _ = inodes.made(inode, size: size)
            exact = size
        }
        let size = exact ?? file.sizeLimit
        inodes.told(inode, size: size)
        return TimedAttributes(
            attributes(inode, node, size: size), timeout: exact == nil ? 0 : Self.validity)
    }

    private func attributes(_ inode: Inode, _ node: ViewNode, size known: UInt64) -> Attributes {
        var nanoseconds: UInt32 = 0
        let (permissions, size, modified): (UInt16, UInt64, Int64)
        switch node {
        case .directory(let directory):
            let time = max(directory.listingChanged, 0)
            (permissions, size, modified) = (directory.isChangeable ? 0o777 : 0o555, 4096, time / 1_000_000_000)
            nanoseconds = UInt32(time % 1_000_000_000)
        case .file(let file): (permissions, size, modified) = (0o444, known, file.modified)
        case .link(let link): (permissions, size, modified) = (0o777, UInt64(link.target.count), link.modified)
        case .alias(let entry):
            (permissions, size, modified) = (
                entry.attributes.permissions, entry.attributes.size, entry.attributes.modified
            )
        }
        let mask: UInt16 = if case .link = node { 0 } else { umask }
        return Attributes(
            inode: inode, kind: node.kind, permissions: permissions & ~mask, linkCount: 1,
            uid: uid, gid: gid, size: size, accessed: modified, modified: modified, changed: modified,
            accessedNanoseconds: nanoseconds, modifiedNanoseconds: nanoseconds, changedNanoseconds: nanoseconds)
    }

    public func access(_ inode: Inode, mask: Int32, _ caller: Caller) -> Answer<Void> {
        guard let node = inodes[inode]?.node else { return .failed(.stale) }
        switch node {
        case .directory(let directory):
            return mask & W_OK != 0 && !directory.isChangeable ? .failed(.readOnlyFileSystem) : .done
        case .file:
            if mask & W_OK != 0 { return .failed(.readOnlyFileSystem) }
            return mask & X_OK != 0 ? .failed(.accessDenied) : .done
        case .link, .alias: return .done
        }
    }

    // MARK: - Directories

    public func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        guard let node = inodes[inode]?.node else { return .failed(.stale) }
        guard case .directory(let directory) = node else { return .failed(.notDirectory) }
        return .later { [self] in
            let listing = try await directory.listing()
            let handle = listings.withLock { listings in
                let handle = listings.next
                listings.next += 1
                listings.open[handle] = (inode, listing)
                return handle
            }
            return OpenReply(handle: handle)
        }
    }

    public func readdir(
        _ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool
    ) -> Answer<DirectoryBuffer> {
        guard let listing = listings.withLock({ $0.open[handle]?.listing }), let row = inodes[inode] else {
            return .failed(.badDescriptor)
        }
        let buffer = DirectoryBuffer(capacity: capacity, plus: plus)
        // Entries carry no attributes, which would have to be computed: who wants them looks the name up.
        for (cookie, (name, number)) in [(".", inode), ("..", row.parent)].enumerated() where offset <= Int64(cookie) {
            var text = name
            let fits = text.withUTF8 {
                buffer.append(
                    name: UnsafeRawBufferPointer($0), inode: number, kind: .directory, nextOffset: Int64(cookie + 1))
            }
            if !fits { return .now(buffer) }
        }
        var index = Int(clamping: max(offset, 2) - 2)
        while index < listing.count {
            let name = Array(listing.name(index))
            let number =
                listing.inode(index) ?? inodes.number(of: name, at: listing.position(index), in: inode)
            let fits = name.withUnsafeBytes {
                buffer.append(name: $0, inode: number, kind: listing.kind(index), nextOffset: Int64(index + 3))
            }
            if !fits { break }
            index += 1
        }
        return .now(buffer)
    }

    public func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void> {
        let gone = listings.withLock { $0.open.removeValue(forKey: handle) }
        _ = gone
        return .done
    }

    public func fsyncdir(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> {
        guard case .directory(let directory as any FileDirectory)? = inodes[inode]?.node else { return .done }
        return .later { try await directory.synchronise() }
    }
}
