internal import Fuse
internal import MailQuery
internal import Synchronization

/// `.views/search`: a directory of links for each query, by its words. Whatever can be understood is found; listed are those that somebody
/// keeps, which `mkdir` begins and `rmdir` ends.
public struct SearchDirectory: ViewDirectory {
    private struct Known {
        /// `7d` means another day tomorrow.
        var day: Int64
        var directory: LinkDirectory
    }

    private final class Directories: Sendable {
        let byName = Mutex<[[UInt8]: Known]>([:])
    }

    /// Directories that are remembered; their links are found again after that.
    private static let limit = 64

    private let account: any ViewedAccount
    private let depth: Int
    private let known = Directories()
    public let modified: Int64

    /// - Parameter depth: directories from the root of the mount down to this one: 2 for `.views/search`.
    public init(_ account: any ViewedAccount, depth: Int) {
        self.account = account
        self.depth = depth
        modified = account.currentTime
    }

    public var isChangeable: Bool { true }

    public func isKept(_ name: [UInt8]) -> Bool { account.savedSearches.contains(name) }

    public func lookup(_ name: [UInt8]) async throws -> ViewNode? { .directory(try directory(name)) }

    public func listing() async throws -> ViewListing {
        var listing = ViewListing()
        for name in account.savedSearches { listing.append(name, .directory) }
        return listing
    }

    public func makeDirectory(_ name: [UInt8]) async throws -> ViewNode {
        let directory = try directory(name)
        try await account.keepSearch(name, true)
        return .directory(directory)
    }

    public func removeDirectory(_ name: [UInt8]) async throws { try await account.keepSearch(name, false) }

    /// - Throws: EINVAL for what is no query.
    private func directory(_ name: [UInt8]) throws -> LinkDirectory {
        let now = account.currentTime
        let day = now / 86_400
        if let known = known.byName.withLock({ $0[name] }), known.day == day { return known.directory }
        guard let text = String(validating: name, as: UTF8.self), let query = try? account.query(text) else {
            throw Errno.invalidArgument
        }
        let directory = LinkDirectory(account, query, depth: depth + 1, effect: nil, patience: 2)
        known.byName.withLock { known in
            if known.count >= Self.limit { known.removeAll() }
            known[name] = Known(day: day, directory: directory)
        }
        return directory
    }
}
