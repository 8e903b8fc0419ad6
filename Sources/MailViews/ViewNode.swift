public import Fuse
public import MailModel

/// What a name in a view leads to.
public enum ViewNode: Sendable {
    case directory(any ViewDirectory)
    case file(any ViewFile)
    case link(ViewLink)
    /// A file of the account: the kernel is told of the inode that it has there.
    case alias(Entry)

    var kind: Attributes.Kind {
        switch self {
        case .directory: .directory
        case .file: .regularFile
        case .link: .symbolicLink
        case .alias(let entry): entry.attributes.kind
        }
    }

    /// As the listing of its directory gives it.
    var position: UInt64? {
        switch self {
        case .directory(let directory): directory.position
        case .file(let file): file.position
        case .link(let link): link.message.map { UInt64(clamping: $0.rawValue) }
        case .alias: nil
        }
    }

    /// Of a file's content; nodes of one name and different versions are different files.
    var version: [UInt64] { if case .file(let file) = self { file.version } else { [] } }
}

/// A directory of a view: a value that computes its entries from the account when it is asked.
///
/// Errors are thrown as ``Errno``. Nothing here may wait for the server but ``listing()`` and ``lookup(_:)``, for a folder that was never
/// listed.
public protocol ViewDirectory: Sendable {
    /// Seconds since 1970.
    var modified: Int64 { get }
    /// The same in nanoseconds, for what changes more than once in a second.
    var listingChanged: Int64 { get }
    /// Whether programs may change it: it is shown writable then.
    var isChangeable: Bool { get }
    /// Seconds for which the kernel may believe that a name in it leads where it did.
    var validity: Double { get }
    /// Where it stands among its siblings; nil where nobody minds. See ``ViewListing/append(_:_:at:)``.
    var position: UInt64? { get }

    /// The entry of that name; nil where there is none. A name that ``listing()`` does not give may be found all the same.
    func lookup(_ name: [UInt8]) async throws -> ViewNode?
    /// Whether an entry that ``lookup(_:)`` finds is there for mkdir(2) as well, which fails where it is.
    func isKept(_ name: [UInt8]) -> Bool
    /// All entries, in order. Taken once for each opening, so that names do not change while it is read.
    func listing() async throws -> ViewListing

    func makeDirectory(_ name: [UInt8]) async throws -> ViewNode
    func removeDirectory(_ name: [UInt8]) async throws
    /// A link to this message was made here, or moved here from another view.
    func add(_ message: MessageID, as name: [UInt8]) async throws
    /// The link of that name was removed, or moved to another view, where it has been added before. The message stays as it is.
    func removeLink(_ name: [UInt8]) async throws
}

extension ViewDirectory {
    public var listingChanged: Int64 { min(max(modified, 0), 9_000_000_000) * 1_000_000_000 }
    public var isChangeable: Bool { false }
    public var validity: Double { 1 }
    public var position: UInt64? { nil }
    public func isKept(_ name: [UInt8]) -> Bool { true }
    public func makeDirectory(_ name: [UInt8]) async throws -> ViewNode { throw Errno.readOnlyFileSystem }
    public func removeDirectory(_ name: [UInt8]) async throws { throw Errno.readOnlyFileSystem }
    public func add(_ message: MessageID, as name: [UInt8]) async throws { throw Errno.readOnlyFileSystem }
    public func removeLink(_ name: [UInt8]) async throws { throw Errno.readOnlyFileSystem }
}

/// A file whose content is computed. It never changes; one that would is another value with another ``version``, found by the next lookup.
public protocol ViewFile: Sendable {
    /// Seconds since 1970.
    var modified: Int64 { get }
    /// Octets, at least as many as the content has: what a listing shows as long as the content cannot be had without the server.
    var sizeLimit: UInt64 { get }
    /// Other numbers for other content.
    var version: [UInt64] { get }
    /// Where it stands among its siblings; nil where nobody minds. See ``ViewListing/append(_:_:at:)``.
    var position: UInt64? { get }
    /// The message that it is made of; nil where there is no such one.
    var source: MessageID? { get }
    /// Somebody begins to read it. Returns at once.
    func opened()
    /// The length of the content where it is known without making it, else nil.
    func sizeAtHand() -> UInt64?
    /// The content where it can be had without the server, else nil.
    func contentAtHand() async throws -> ViewContent?
    /// The content; may wait for the server.
    func content() async throws -> ViewContent
}

extension ViewFile {
    public var position: UInt64? { nil }
    public var source: MessageID? { nil }
    public func opened() {}
    public func sizeAtHand() -> UInt64? { nil }
}

/// The content of a computed file, kept while it is open and for some time after.
public final class ViewContent: Sendable {
    public let octets: [UInt8]

    public init(_ octets: [UInt8]) { self.octets = octets }
}

/// A symbolic link.
public struct ViewLink: Hashable, Sendable {
    /// Relative to the directory that the link is in.
    public var target: [UInt8]
    /// Seconds since 1970.
    public var modified: Int64
    /// The message it leads to; nil where it leads elsewhere.
    public var message: MessageID?
    /// ``ViewedAccount/changes`` when `target` was looked up: the message may have gone elsewhere since.
    public var changes: UInt64

    public init(target: [UInt8], modified: Int64, message: MessageID? = nil, changes: UInt64 = 0) {
        self.target = target
        self.modified = modified
        self.message = message
        self.changes = changes
    }

    /// What a link leads by.
    ///
    /// - Parameters:
    ///   - depth: directories from the root of the mount down to the one that the link is in.
    ///   - path: the components that lead to the message from the root of the mount.
    static func target(depth: Int, path: [[UInt8]]) -> [UInt8] {
        let components = repeatElement(Array("..".utf8), count: depth) + path
        return Array(components.joined(separator: [UInt8(ascii: "/")]))
    }
}
