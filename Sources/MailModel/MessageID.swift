/// A message of this mount, through moves, renames and new UIDVALIDITY epochs; never reused. The inode number comes from it.
public struct MessageID: Hashable, Sendable, Comparable, RawRepresentable {
    /// At least 1.
    public let rawValue: Int64
    @inlinable
    public init(rawValue: Int64) { self.rawValue = rawValue }
    @inlinable
    public static func < (left: MessageID, right: MessageID) -> Bool { left.rawValue < right.rawValue }
}
