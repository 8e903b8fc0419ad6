/// How much the store holds.
public struct StoreStatistics: Hashable, Sendable {
    public var folders: Int
    public var messages: Int
    /// Cached bodies of messages that are there.
    public var bodies: Int
    public var bodyOctets: UInt64
    /// Bodies of messages that went away, kept for a while.
    public var limboBodies: Int
    public var limboOctets: UInt64
    /// The two database files with their logs.
    public var databaseOctets: UInt64
}
