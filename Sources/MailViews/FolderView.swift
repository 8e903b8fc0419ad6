internal import Fuse
internal import MailModel
internal import MailTree

/// Turns messages into nodes of a view that follows the folders.
protocol MessageShape: Sendable {
    var kind: Attributes.Kind { get }
    /// The name in the view of a message; nil where it has none there.
    func shown(_ name: some Collection<UInt8>) -> [UInt8]?
    /// The names that a message may have in its folder when it is called so in the view, the likeliest first.
    func original(_ shown: [UInt8]) -> [[UInt8]]
    /// The name of a message where a folder has the one that is its own; nil where it has none then.
    func shownBesideFolder(_ name: some Collection<UInt8>) -> [UInt8]?
    func node(_ message: MessageAttributes) -> ViewNode
}

/// The folders of the account, with another thing in the place of each message.
struct FolderView<Shape: MessageShape>: ViewDirectory {
    let account: any ViewedAccount
    let shape: Shape
    let folder: FolderID
    let listingChanged: Int64

    var modified: Int64 { listingChanged / 1_000_000_000 }

    func lookup(_ name: [UInt8]) async throws -> ViewNode? {
        let found = try await account.find(name, in: folder)
        if case .directory(let directory)? = found { return self.directory(directory) }
        for original in shape.original(name) {
            let node = original == name ? found : try await account.find(original, in: folder)
            guard case .message(let message, _)? = node, Self.isShown(message),
                try await isShown(original, as: name)
            else { continue }
            return shape.node(message)
        }
        return nil
    }

    /// - Parameter original: of a message.
    private func isShown(_ original: [UInt8], as name: [UInt8]) async throws -> Bool {
        guard let own = shape.shown(original), own != name else { return true }
        guard shape.shownBesideFolder(original) == name else { return false }
        return try await account.find(own, in: folder)?.inode.directory != nil
    }

    private func directory(_ directory: DirectoryAttributes) -> ViewNode? {
        guard let folder = directory.inode.directory else { return nil }
        return .directory(
            FolderView(
                account: account, shape: shape, folder: folder, listingChanged: directory.listingChanged))
    }

    func listing() async throws -> ViewListing {
        var listing = ViewListing()
        var directories: Set<[UInt8]> = []
        var odd: [(name: [UInt8], position: UInt64)] = []
        try await account.forEachEntry(of: folder) { name, node in
            switch node {
            case .directory:
                directories.insert(Array(name))
                listing.append(name, .directory)
            case .message(let message, _):
                guard Self.isShown(message), let own = shape.shown(name) else { return }
                let isTaken = directories.contains(own)
                guard let shown = isTaken ? shape.shownBesideFolder(name) : own, !directories.contains(shown) else {
                    return
                }
                let position = UInt64(clamping: message.id.rawValue)
                // Another message may have the name by right.
                if isTaken || shape.original(shown).first.map({ $0.elementsEqual(name) }) == true {
                    listing.append(shown, shape.kind, at: position)
                } else {
                    odd.append((Array(name), position))
                }
            }
        }
        for (name, position) in odd {
            guard let shown = shape.shown(name), let first = shape.original(shown).first,
                try await account.find(first, in: folder) == nil
            else { continue }
            listing.append(shown, shape.kind, at: position)
        }
        return listing
    }

    /// Files of this mount only are none of a view's business.
    private static func isShown(_ message: MessageAttributes) -> Bool {
        message.standing != .scratch
    }
}
