public import Fuse
internal import MailModel
internal import MailTree

/// The entries of a directory at one moment, in their order. Names lie in one block: a million of them are one allocation.
public struct ViewListing: Sendable {
    private struct Row {
        let end: Int
        let position: UInt64?
        /// Of a file of the account.
        let inode: Inode?
        let kind: Attributes.Kind
    }

    private var names: [UInt8] = []
    private var rows: [Row] = []

    public init() {}

    public var count: Int { rows.count }

    /// Adds an entry. A name that cannot be a file's (empty, over 255 octets, `.`, `..`, or with `/` or NUL in it) is left out: the kernel would
    /// refuse the whole listing.
    ///
    /// - Parameter position: ascending numbers, the same as the node's own: inode numbers ascend with them, so that programs that go through a
    ///   large directory by inode number (as `grep -r` and `find` do) go through it in order.
    public mutating func append(_ name: some Collection<UInt8>, _ kind: Attributes.Kind, at position: UInt64? = nil) {
        guard Self.isName(name) else { return }
        names.append(contentsOf: name)
        rows.append(Row(end: names.count, position: position, inode: nil, kind: kind))
    }

    /// Adds another name of a message, or of a file of this mount. One that cannot be a file's is left out.
    mutating func append(_ name: some Collection<UInt8>, aliasOf id: MessageID) {
        guard Self.isName(name) else { return }
        names.append(contentsOf: name)
        rows.append(Row(end: names.count, position: nil, inode: InodeNumber(id).rawValue, kind: .regularFile))
    }

    static func isName(_ name: some Collection<UInt8>) -> Bool {
        let count = name.count
        guard count > 0, count <= 255, !name.contains(0), !name.contains(UInt8(ascii: "/")) else { return false }
        return !(count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") })
    }

    public func name(_ index: Int) -> ArraySlice<UInt8> {
        names[(index > 0 ? rows[index - 1].end : 0)..<rows[index].end]
    }

    public func kind(_ index: Int) -> Attributes.Kind { rows[index].kind }
    func position(_ index: Int) -> UInt64? { rows[index].position }
    func inode(_ index: Int) -> Inode? { rows[index].inode }
}
