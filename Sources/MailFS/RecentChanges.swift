internal import MailModel

/// Counts the changes of what is shown, and remembers for a while which messages they were of.
struct RecentChanges {
    private(set) var count: UInt64 = 0
    /// The changes after this one are remembered.
    private var start: UInt64 = 0
    private var messages: [(change: UInt64, id: MessageID)] = []

    /// Messages that are remembered at least, unless one change was of more.
    static let limit = 4096

    mutating func add(_ ids: some Collection<MessageID>) {
        count &+= 1
        guard ids.count <= Self.limit else { return forget() }
        for id in ids { messages.append((count, id)) }
        guard messages.count > 2 * Self.limit, let last = messages.dropLast(Self.limit).last else { return }
        messages.removeAll { $0.change <= last.change }
        start = last.change
    }

    /// A change that is not of single messages.
    mutating func addOther() {
        count &+= 1
        forget()
    }

    private mutating func forget() {
        messages = []
        start = count
    }

    /// The messages that changed after so many changes; nil where that is not remembered.
    func messages(since change: UInt64) -> Set<MessageID>? {
        guard change >= start, change <= count else { return nil }
        return Set(messages.reversed().lazy.prefix { $0.change > change }.map(\.id))
    }
}
