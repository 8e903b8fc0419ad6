/// A folder of the account, for as long as the local state lives; never reused.
public struct FolderID: Hashable, Sendable, Comparable, RawRepresentable {
    /// At least 1.
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
    public static func < (left: FolderID, right: FolderID) -> Bool { left.rawValue < right.rawValue }
}
