public import Fuse
internal import Glibc
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import Synchronization

extension MailFileSystem {
    public func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        return withListings([parent], [UInt8](name)) { [self] name in
            let number = InodeNumber(rawValue: parent)
            guard service.hasCopiesToAwait(try message(number, name)) else { return try unlink(number, name) }
            return .waiting { [self] in
                do {
                    try await service.awaitCopies()
                } catch let error as ServiceError {
                    throw Errno(error)
                }
            } then: { [self] in
                Answer.of { try unlink(number, name) }
            }
        }
    }

    private func unlink(_ parent: InodeNumber, _ name: [UInt8]) throws -> Answer<Void> {
        let id = try message(parent, name)
        let receipt = try changing([(parent, name)]) { try service.delete(id) }
        files.written(id)?.unlink()
        return settled(receipt, value: ())
    }

    private func message(_ parent: InodeNumber, _ name: [UInt8]) throws -> MessageID {
        guard let node = find(parent, name) else { throw Errno.notFound }
        guard case .message(let message, _) = node else { throw Errno.isDirectory }
        return message.id
    }

    public func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void> {
        // RENAME_EXCHANGE among them: two messages cannot trade places at once.
        guard flags & ~Self.renameNoReplace == 0 else { return .failed(.invalidArgument) }
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        guard newName.count <= Self.nameLimit else { return .failed(.nameTooLong) }
        guard FileKind.isName(newName) else { return .failed(.invalidArgument) }
        let target = OwnChanges.Name(parent: InodeNumber(rawValue: newParent), name: [UInt8](newName))
        let isFolder = tree.withLock { $0.lookup(InodeNumber(rawValue: parent), name)?.isDirectory ?? false }
        return withListings(isFolder ? [] : [parent, newParent], [UInt8](name)) { [self] name in
            let source = OwnChanges.Name(parent: InodeNumber(rawValue: parent), name: name)
            guard let node = find(source.parent, name) else { throw Errno.notFound }
            let replaced = find(target.parent, target.name)
            if let replaced {
                guard flags & Self.renameNoReplace == 0 else { throw Errno.exists }
                if replaced.inode == node.inode { return .done }
            }
            switch node {
            case .directory: return try rename(folder: node, source, target, replaced)
            case .message(let message, _): return try rename(message, source, target, replaced)
            }
        }
    }

    /// RENAME_NOREPLACE of rename(2).
    private static let renameNoReplace: UInt32 = 1

    private func rename(
        folder node: Node, _ source: OwnChanges.Name, _ target: OwnChanges.Name, _ replaced: Node?
    ) throws -> Answer<Void> {
        if let replaced, !replaced.isDirectory { throw Errno.notDirectory }
        guard let id = node.inode.folder, let parent = target.parent.directory else { throw Errno.busy }
        guard Self.isFolderName(target.name) || !Self.isFolderName(source.name) else { throw Errno.notPermitted }
        let receipt = try changing([(source.parent, source.name), (target.parent, target.name)]) {
            try service.renameFolder(id, to: parent, name: target.name)
        }
        return settled(receipt, value: ())
    }

    private func rename(
        _ message: MessageAttributes, _ source: OwnChanges.Name, _ target: OwnChanges.Name, _ replaced: Node?
    ) throws -> Answer<Void> {
        var old: MessageID?
        if let replaced {
            guard case .message(let attributes, _) = replaced else { throw Errno.isDirectory }
            old = attributes.id
        }
        // A message stays one under any name; where there are no messages, there can be files of this mount only.
        let kind = FileKind(name: target.name)
        let hasMessages = tree.withLock { $0.holdsMessages(target.parent) }
        guard isPossible(kind, in: target.parent), hasMessages || message.standing == .scratch,
            let folder = target.parent.directory
        else { throw Errno.notPermitted }
        let change = { [self] (isOpen: Bool) throws -> Receipt in
            try changing([(source.parent, source.name), (target.parent, target.name)]) {
                try service.rename(message.id, to: folder, as: target.name, replacing: old, isOpen: isOpen)
            }
        }
        let file = waitsForServer ? service.localFile(message.id) : nil
        let receipt: Receipt
        if message.standing == .scratch, let written = files.written(message.id) {
            receipt = try rename(written, change)
        } else {
            receipt = try change(false)
        }
        if let old { files.written(old)?.unlink() }
        if file == nil, old == nil || source.parent != target.parent { return settled(receipt, value: ()) }
        return settled(receipt, value: ()) { [self, old] in
            try changing([(source.parent, source.name), (target.parent, target.name)]) {
                if let file { return try service.renameBack(file) }
                if let old { try service.renameBack(message.id, to: source.name, of: old, target.name) }
            }
        }
    }

    /// A scratch file that is open here. With content and the name of a message it is one from then on, unless somebody may go on writing
    /// to it: whoever closes it last says that it is whole.
    private func rename(_ written: WrittenFile, _ change: (_ isOpen: Bool) throws -> Receipt) throws -> Receipt {
        // A close that is seen meanwhile waits for the lock, and finds that the file is a message.
        try written.work.withLock { work in
            access.renames(&work, written)
            // Where changes wait for the server, its verdict is this call's to tell, if what was written has been flushed.
            let isOpen = files.hasWriters(written.id) && !(waitsForServer && work.stage.isTold)
            let receipt = try change(isOpen)
            let event = FileEvent.renamed(purpose(of: written), hasWriters: files.hasWriters(written.id))
            _ = tell(event, of: &work, written)
            return receipt
        }
    }

    public func mkdir(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, _ caller: Caller
    ) -> Answer<Entry> {
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        guard name.count <= Self.nameLimit else { return .failed(.nameTooLong) }
        guard FileKind.isName(name) else { return .failed(.invalidArgument) }
        guard Self.isFolderName(name) else { return .failed(.notPermitted) }
        let number = InodeNumber(rawValue: parent)
        guard let folder = number.directory else { return .failed(.notDirectory) }
        let name = [UInt8](name)
        do {
            return try makeFolder(folder, number, name)
        } catch ServiceError.inUse {
            // What makes the name free is on the wire.
            return .waiting { [self] in
                await service.waitForFolders()
            } then: { [self] in
                Answer.of { try makeFolder(folder, number, name) }
            }
        } catch {
            return .failed(Errno(error))
        }
    }

    /// Hidden directories are a program's own, `.git` or `.notmuch`: nobody wants them on the server. Of `.Trash*` a file manager that is
    /// refused it offers to delete instead.
    private static func isFolderName(_ name: some Collection<UInt8>) -> Bool { name.first != UInt8(ascii: ".") }

    private func makeFolder(_ parent: FolderID, _ number: InodeNumber, _ name: [UInt8]) throws -> Answer<Entry> {
        guard find(number, name) == nil else { throw Errno.exists }
        let (made, receipt) = try changing([(number, name)]) { try service.createFolder(in: parent, name: name) }
        let inode = InodeNumber(made.id)
        let now = service.currentMoment
        let node = tree.withLock { tree in
            // What was just made is empty: there is nothing to ask for.
            if tree.listing(inode) == .unloaded { tree.load(made.id, MessageTable()) }
            return tree.node(inode)
                ?? .directory(DirectoryAttributes(inode: inode, linkCount: 2, listingChanged: now))
        }
        return settled(receipt, value: entry(node))
    }

    public func rmdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        let number = InodeNumber(rawValue: parent)
        guard let node = tree.withLock({ $0.lookup(number, name) }) else { return .failed(.notFound) }
        guard node.isDirectory else { return .failed(.notDirectory) }
        guard let folder = node.inode.folder else { return .failed(.busy) }
        let name = [UInt8](name)
        // Files of this mount may be in it of which nobody has asked yet.
        guard unloaded(node.inode.rawValue) == nil else {
            return .waiting { [self] in
                try? await load(folder)
            } then: { [self] in
                Answer.of { try removeFolder(folder, number, name) }
            }
        }
        return Answer.of { try removeFolder(folder, number, name) }
    }

    private func removeFolder(_ folder: FolderID, _ parent: InodeNumber, _ name: [UInt8]) throws -> Answer<Void> {
        settled(try changing([(parent, name)]) { try service.removeFolder(folder) }, value: ())
    }

    public func symlink(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> { .failed(isReadOnly ? .readOnlyFileSystem : .notPermitted) }

    public func link(
        _ inode: Inode, _ newParent: Inode, _ newName: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> { .failed(isReadOnly ? .readOnlyFileSystem : .notPermitted) }

    public func readlink(_ inode: Inode) -> Answer<[UInt8]> { .failed(.invalidArgument) }

    // MARK: - How changes are made

    /// Runs `body` at once where the listings of these directories are there, which they are once the kernel has looked a name up.
    ///
    /// - Parameter name: given on to `body`: the kernel's own is gone when that runs later.
    func withListings<Value: Sendable>(
        _ directories: [Inode], _ name: [UInt8],
        _ body: @escaping @Sendable (_ name: [UInt8]) throws -> Answer<Value>
    ) -> Answer<Value> {
        let missing = directories.compactMap(unloaded)
        guard !missing.isEmpty else { return Answer.of { try body(name) } }
        return .waiting { [self] in
            for folder in missing { try await load(folder) }
        } then: {
            Answer.of { try body(name) }
        }
    }

    /// Makes a change of the caller's: of these names the kernel is told nothing, unless it knows them by other ones.
    func changing<Result>(_ names: [(InodeNumber, [UInt8])], _ body: () throws -> Result) throws -> Result {
        let number = ownChanges.begin(
            Self.isByOtherNames ? [] : names.map { OwnChanges.Name(parent: $0.0, name: $0.1) })
        do {
            let result = try body()
            _ = ownChanges.end(number)
            return result
        } catch {
            announce(ownChanges.end(number))
            throw error
        }
    }
}

extension Node {
    var isDirectory: Bool {
        if case .directory = self { true } else { false }
    }
}

extension Answer {
    /// The answer that `body` gives, or its error.
    static func of(_ body: () throws -> Answer<Value>) -> Answer<Value> {
        do {
            return try body()
        } catch {
            return .failed(Errno(error))
        }
    }

    /// What it comes to in the end.
    ///
    /// - Throws: `Errno`.
    func value() async throws -> Value {
        switch self {
        case .now(let value): return value
        case .failed(let error): throw error
        case .later(let operation), .uninterruptible(let operation): return try await operation()
        case .waiting(let wait, let then):
            try await wait()
            return try await then().value()
        }
    }
}
