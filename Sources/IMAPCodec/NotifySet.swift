/// The events that a server is to announce (RFC 5465 section 8).
///
/// ```
/// C: A1 NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge MailboxName))
/// ```
public struct NotifySet: Sendable, Hashable {
    public enum Event: String, Sendable, Hashable, CaseIterable {
        case messageNew = "MessageNew"
        case messageExpunge = "MessageExpunge"
        /// Only together with the two above.
        case flagChange = "FlagChange"
        case mailboxName = "MailboxName"
        case subscriptionChange = "SubscriptionChange"
    }

    /// In the selected mailbox; empty: the group is left out.
    public var selected: [Event]
    /// What the server sends of each new message in the selected mailbox; empty: nothing but EXISTS.
    public var selectedFetch: [FetchItem]
    /// Everywhere in the personal namespace; empty: the group is left out.
    public var personal: [Event]
    /// First a STATUS of every mailbox concerned.
    public var status: Bool

    /// Both groups empty: `NOTIFY NONE`.
    public init(selected: [Event], selectedFetch: [FetchItem] = [], personal: [Event], status: Bool = false) {
        self.selected = selected
        self.selectedFetch = selectedFetch
        self.personal = personal
        self.status = status
    }

    public static let none = NotifySet(selected: [], personal: [])
}
