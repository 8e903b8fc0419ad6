public import MailModel

/// A message that a view leads to.
public struct FoundMessage: Hashable, Sendable {
    public var id: MessageID
    /// The components that lead to it from the root of the mount; the last one is its name.
    public var path: [[UInt8]]
    /// INTERNALDATE, seconds since 1970.
    public var modified: Int64

    public init(id: MessageID, path: [[UInt8]], modified: Int64) {
        self.id = id
        self.path = path
        self.modified = modified
    }
}
