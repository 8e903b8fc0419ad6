public import Fuse
internal import Glibc
internal import MailModel
internal import MailTree

extension ViewFileSystem {
    func directory(_ inode: Inode) throws -> any ViewDirectory {
        guard let node = inodes[inode]?.node else { throw Errno.stale }
        guard case .directory(let directory) = node else { throw Errno.notDirectory }
        return directory
    }

    /// Makes a change when what it asks for is known: that may have to be waited for, and nothing is done where that is interrupted.
    private func changing<Value: Sendable>(
        _ names: [(parent: Inode, name: [UInt8])], linkingTo target: [UInt8]? = nil,
        _ change: @escaping @Sendable () async throws -> Value
    ) -> Answer<Value> {
        .waiting { [self] in
            // What is wrong with them the change says.
            for (parent, name) in names { _ = try? await directory(parent).lookup(name) }
            if let target, let parent = names.first?.parent { _ = try? await message(target, from: parent) }
        } then: {
            .uninterruptible(change)
        }
    }

    public func mkdir(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, _ caller: Caller
    ) -> Answer<Entry> {
        let name = [UInt8](name)
        return changing([(parent, name)]) { [self] in
            let directory = try directory(parent)
            guard name.count <= 255 else { throw Errno.nameTooLong }
            let made =
                if let directory = directory as? any FileDirectory {
                    try await directory.makeDirectory(name, caller)
                } else {
                    try await directory.makeDirectory(name)
                }
            return try await entry(
                made, name, in: parent, validity: directory.validity)
        }
    }

    public func rmdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        let name = [UInt8](name)
        return changing([(parent, name)]) { [self] in
            let directory = try directory(parent)
            if let directory = directory as? any FileDirectory {
                return try await directory.removeDirectory(name, caller)
            }
            try await directory.removeDirectory(name)
        }
    }

    /// A link to a message, given by its path from here or through the mount, puts the message into the view.
    public func symlink(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        let (name, target) = ([UInt8](name), [UInt8](target))
        return changing([(parent, name)], linkingTo: target) { [self] in
            let directory = try directory(parent)
            guard directory.isChangeable else { throw Errno.readOnlyFileSystem }
            guard let message = try await message(target, from: parent) else { throw Errno.notPermitted }
            try await directory.add(message, as: name)
            let known = try await directory.lookup(name)
            let node = known ?? .link(ViewLink(target: target, modified: account.currentTime, message: message))
            return try await entry(node, name, in: parent, validity: known == nil ? 0 : directory.validity)
        }
    }

    public func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        let name = [UInt8](name)
        return changing([(parent, name)]) { [self] in
            let directory = try directory(parent)
            if let directory = directory as? any FileDirectory { return try await directory.unlink(name, caller) }
            guard directory.isChangeable else { throw Errno.readOnlyFileSystem }
            try await directory.removeLink(name)
        }
    }

    /// A link goes from one view to another, or a file of the account gets another name in a view that has some.
    public func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void> {
        // RENAME_NOREPLACE of rename(2) asks for what is so anyway: a name in a view belongs to its message.
        guard flags & ~1 == 0 else { return .failed(.invalidArgument) }
        let (name, newName) = ([UInt8](name), [UInt8](newName))
        return changing([(parent, name), (newParent, newName)]) { [self] in
            let (source, target) = (try directory(parent), try directory(newParent))
            if let source = source as? any FileDirectory, let target = target as? any FileDirectory {
                guard newName.count <= 255 else { throw Errno.nameTooLong }
                return try await source.rename(name, to: target, as: newName, isExclusive: flags & 1 != 0, caller)
            }
            guard source.isChangeable, target.isChangeable else { throw Errno.readOnlyFileSystem }
            guard let node = try await source.lookup(name) else { throw Errno.notFound }
            guard case .link(let link) = node, let message = link.message else { throw Errno.notPermitted }
            if parent == newParent {
                guard name == newName else { throw Errno.notPermitted }
                return
            }
            try await target.add(message, as: newName)
            try await source.removeLink(name)
        }
    }

    // MARK: - Files of the account

    public func create(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller
    ) -> Answer<CreateReply> {
        changed(parent, name) { try await $0.createFile($1, flags: flags, caller) }
    }

    public func mknod(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller
    ) -> Answer<Entry> {
        guard mode & S_IFMT == S_IFREG || mode & S_IFMT == 0 else { return .failed(.notPermitted) }
        return changed(parent, name) { try await $0.makeFile($1, caller) }
    }

    public func link(
        _ inode: Inode, _ newParent: Inode, _ newName: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        guard let message = InodeNumber(rawValue: inode).message, !Self.isView(inode),
            case .directory(let target)? = inodes[newParent]?.node, target is any FileDirectory
        else { return .failed(.notPermitted) }
        return changed(newParent, newName) { try await $0.link(message, as: $1, caller) }
    }

    private func changed<Value: Sendable>(
        _ parent: Inode, _ name: UnsafeRawBufferPointer,
        _ change: @escaping @Sendable (_ directory: any FileDirectory, _ name: [UInt8]) async throws -> Value
    ) -> Answer<Value> {
        guard name.count <= 255 else { return .failed(.nameTooLong) }
        let name = [UInt8](name)
        return changing([(parent, name)]) { [self] in
            guard let directory = try directory(parent) as? any FileDirectory else { throw Errno.readOnlyFileSystem }
            return try await change(directory, name)
        }
    }

    /// The message that a link in a directory of a view would lead to; nil where it leads to none of this mount.
    private func message(_ target: [UInt8], from directory: Inode) async throws -> MessageID? {
        let slash = UInt8(ascii: "/")
        var path: [[UInt8]]
        var rest = target[...]
        if target.first == slash {
            guard let place = account.place, target.starts(with: place + [slash]) else { return nil }
            path = []
            rest = target.dropFirst(place.count + 1)
        } else {
            guard let known = inodes.path(of: directory) else { throw Errno.stale }
            path = known
        }
        for component in rest.split(separator: slash) where !component.elementsEqual(".".utf8) {
            if component.elementsEqual("..".utf8) {
                guard path.popLast() != nil else { return nil }
            } else {
                path.append(Array(component))
            }
        }
        return try await account.message(at: path)
    }
}
