public import MailModel

/// A message, and its INTERNALDATE in seconds since 1970.
public struct DatedMessage: Hashable, Sendable {
    public var id: MessageID
    public var date: Int64

    public init(id: MessageID, date: Int64) {
        self.id = id
        self.date = date
    }
}

/// What has become of the messages that changed since some moment.
public struct ChangedMessages: Hashable, Sendable {
    /// The number of changes that this is after, at least.
    public var changes: UInt64
    /// Those that are shown, in any order.
    public var shown: [DatedMessage]
    /// Those that are not shown, or not any more.
    public var gone: [MessageID]

    public init(changes: UInt64, shown: [DatedMessage] = [], gone: [MessageID] = []) {
        self.changes = changes
        self.shown = shown
        self.gone = gone
    }
}
