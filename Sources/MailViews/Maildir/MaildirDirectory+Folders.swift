internal import Fuse
internal import MailModel
internal import MailTree

// Folders of a Maildir++ are the account's.
extension MaildirDirectory {
    /// Makes a folder, and those above it that are not there yet: in a Maildir++ they need not be.
    func makeDirectory(_ name: [UInt8], _ caller: Caller) async throws -> ViewNode {
        if account.isReadOnly { throw Errno.readOnlyFileSystem }
        guard place == .root, name.first == UInt8(ascii: "."), !MaildirFolderName.isOfProgram(name) else {
            throw Errno.notPermitted
        }
        guard subfolder(name) == nil else { throw Errno.exists }
        guard let path = MaildirFolderName.path(name) else { throw Errno.invalidArgument }
        var parent = FolderID.root
        for (index, component) in path.enumerated() {
            let node = try await account.find(component, in: parent)
            if let node {
                guard let next = node.inode.directory else { throw Errno.notDirectory }
                guard index < path.count - 1 else { throw Errno.exists }
                parent = next
            } else {
                try await account.makeFolder(component, in: parent, caller)
                guard let made = try await account.find(component, in: parent)?.inode.directory else {
                    throw Errno.stale
                }
                parent = made
            }
        }
        return .directory(MaildirDirectory(account, .folder, parent, started: started))
    }

    /// `cur`, `new` and `tmp` go with their folder: of an empty one they may be removed before it, without effect.
    func removeDirectory(_ name: [UInt8], _ caller: Caller) async throws {
        if account.isReadOnly { throw Errno.readOnlyFileSystem }
        switch place {
        case .files: throw Errno.notDirectory
        case .root where Self.kind(name) != nil: throw Errno.busy
        case .root, .folder:
            if let kind = Self.kind(name) {
                let inside = MaildirDirectory(account, .files(kind), folder, started: started)
                guard try await inside.listing().count == 0 else { throw Errno.notEmpty }
                return
            }
            guard let folder = subfolder(name) else {
                throw try await lookup(name) == nil ? Errno.notFound : Errno.notDirectory
            }
            let (parent, last) = try parent(of: folder.path)
            try await account.removeFolder(last, in: parent, caller)
        }
    }

    func rename(
        _ folder: Folder, _ target: MaildirDirectory, _ name: [UInt8], _ isExclusive: Bool, _ caller: Caller
    ) async throws {
        guard target.place == .root, let path = MaildirFolderName.path(name), !MaildirFolderName.isOfProgram(name)
        else {
            throw Errno.notPermitted
        }
        let (parent, last) = try parent(of: folder.path)
        let (newParent, newLast) = try self.parent(of: path)
        try await account.renameFolder(
            last, in: parent, to: newParent, as: newLast, isExclusive: isExclusive, caller)
    }

    private func parent(of path: [[UInt8]]) throws -> (FolderID, [UInt8]) {
        guard let last = path.last else { throw Errno.notPermitted }
        let above = path.dropLast()
        if above.isEmpty { return (.root, last) }
        guard let parent = account.directory(at: Array(above)) else { throw Errno.notFound }
        return (parent, last)
    }
}
