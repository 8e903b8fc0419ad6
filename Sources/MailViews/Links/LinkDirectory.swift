internal import Fuse
public import MailModel
public import MailQuery

/// A directory of links to the messages that fit a query: `.views/unread`, `.views/flagged`.
public struct LinkDirectory: ViewDirectory {
    /// What making a link does to its message, and what removing it does.
    public struct Effect: Sendable {
        public var made: FlagChange
        public var removed: FlagChange

        public init(made: FlagChange, removed: FlagChange) {
            self.made = made
            self.removed = removed
        }
    }

    private let account: any ViewedAccount
    private let effect: Effect?
    private let links: MessageLinks
    /// Where its messages tell when it changed.
    private let dated: Int64?

    /// - Parameters:
    ///   - depth: directories from the root of the mount down to this one: 2 for `.views/unread`.
    ///   - effect: nil where links are there to be followed only.
    ///   - patience: seconds for which names are looked up in what was found, whatever has changed.
    public init(
        _ account: any ViewedAccount, _ query: Query, depth: Int, effect: Effect?, patience: Int64 = 0
    ) {
        self.account = account
        self.effect = effect
        dated = nil
        links = MessageLinks(query, depth: depth, modified: account.currentTime, patience: patience)
    }

    init(_ account: any ViewedAccount, to selection: some MessageSelection, depth: Int) {
        self.account = account
        effect = nil
        dated = nil
        links = MessageLinks(selection, depth: depth, modified: account.currentTime)
    }

    /// The same directory, as of a time that its messages tell, in seconds since 1970.
    func modified(at time: Int64) -> LinkDirectory { LinkDirectory(self, time) }

    private init(_ other: LinkDirectory, _ time: Int64) {
        account = other.account
        effect = other.effect
        links = other.links
        dated = time
    }

    public var modified: Int64 { dated ?? links.modified }
    public var isChangeable: Bool { effect != nil }

    public func lookup(_ name: [UInt8]) async throws -> ViewNode? {
        let links = try await links.links(in: account)
        return links.places[name].map { .link(links.ordered[$0].link) }
    }

    public func listing() async throws -> ViewListing {
        var listing = ViewListing()
        for (name, link) in try await links.links(in: account, isNew: true).ordered {
            listing.append(name, .symbolicLink, at: link.message.map { UInt64(clamping: $0.rawValue) })
        }
        return listing
    }

    public func add(_ message: MessageID, as name: [UInt8]) async throws {
        guard let effect else { throw Errno.readOnlyFileSystem }
        try await account.change(message, effect.made)
    }

    public func removeLink(_ name: [UInt8]) async throws {
        guard let effect else { throw Errno.readOnlyFileSystem }
        let links = try await links.links(in: account)
        guard let place = links.places[name], let message = links.ordered[place].link.message else {
            throw Errno.notFound
        }
        try await account.change(message, effect.removed)
    }
}
