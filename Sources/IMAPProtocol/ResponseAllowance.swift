public import IMAPCodec
internal import IMAPValue

/// Kinds of untagged responses, as far as they answer different commands.
public struct ResponseKinds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let status = ResponseKinds(rawValue: 1)
    public static let capability = ResponseKinds(rawValue: 2)
    public static let enabled = ResponseKinds(rawValue: 4)
    /// LIST and LSUB
    public static let list = ResponseKinds(rawValue: 8)
    /// STATUS
    public static let mailboxStatus = ResponseKinds(rawValue: 16)
    /// FLAGS, EXISTS, RECENT
    public static let mailbox = ResponseKinds(rawValue: 32)
    public static let expunge = ResponseKinds(rawValue: 64)
    public static let fetch = ResponseKinds(rawValue: 128)
    public static let vanished = ResponseKinds(rawValue: 256)
    /// SEARCH and ESEARCH
    public static let search = ResponseKinds(rawValue: 512)
    public static let namespace = ResponseKinds(rawValue: 1_024)
    public static let id = ResponseKinds(rawValue: 2_048)
    /// QUOTA and QUOTAROOT
    public static let quota = ResponseKinds(rawValue: 4_096)
    /// MYRIGHTS
    public static let rights = ResponseKinds(rawValue: 8_192)

    /// Empty for what this client has no use for.
    public init(_ response: Untagged) {
        switch response {
        case .status: self = .status
        case .capability: self = .capability
        case .enabled: self = .enabled
        case .list: self = .list
        case .mailboxStatus: self = .mailboxStatus
        case .flags, .exists, .recent: self = .mailbox
        case .expunge: self = .expunge
        case .fetch: self = .fetch
        case .vanished: self = .vanished
        case .search, .esearch: self = .search
        case .namespace: self = .namespace
        case .id: self = .id
        case .quota, .quotaRoot: self = .quota
        case .unknown: self = []
        }
    }
}

/// What a command may bring: everything that a client collects while it waits is bounded by what it asked for and by what the server has
/// counted.
///
/// ```
/// C: A5 UID FETCH 7:9 (UID FLAGS)      3 messages: 4 responses for each, and a few more
/// C: A6 UID FETCH 1:* (UID FLAGS)      as many messages as EXISTS said
/// C: A7 LIST "" "*"                    100,000 lines of 8 MiB together
/// ```
public struct ResponseAllowance: Hashable, Sendable {
    /// What answers the command.
    public var kinds: ResponseKinds
    /// Of these kinds, whatever the mailbox holds.
    public var responses: Int
    /// More of them for each message that is asked about.
    public var perMessage: Int
    /// Messages that are asked about; `Int.max` for all of the mailbox.
    public var messages: Int
    /// Octets of all these responses, streamed literals not counted; those about messages have a bound in their number alone.
    public var octets: Int
    /// While it runs, untagged OK shows that the server works on it: what it does may take long, and must not be in doubt for that.
    public var isLasting: Bool

    public init(
        _ kinds: ResponseKinds, responses: Int, perMessage: Int = 0, messages: Int = 0, octets: Int = .max,
        isLasting: Bool = false
    ) {
        self.kinds = kinds
        self.responses = responses
        self.perMessage = perMessage
        self.messages = messages
        self.octets = octets
        self.isLasting = isLasting
    }

    /// Messages of the largest mailbox that can be listed.
    public static let mostMessages = 1 << 21
    /// Messages that may arrive while a command runs, before the server has counted them.
    static let arrivals = 1_000
    /// Responses that nobody asked for, while one command runs; each message may be told of a few times more.
    static let news = 10_000
    /// The same while none runs.
    static let newsBetween = 1_000_000

    /// - Parameter exists: the most that EXISTS said of the mailbox; nil where it said nothing.
    public func mostResponses(exists: Int?) -> Int {
        guard perMessage > 0 else { return responses }
        let counted = Swift.min(exists.map { $0 + Self.arrivals } ?? Self.mostMessages, Self.mostMessages)
        return responses + perMessage * Swift.min(messages, counted)
    }

    /// The table.
    public init(for command: Command) {
        switch command {
        case .capability: self.init(.capability, responses: 4)
        case .id: self.init(.id, responses: 4)
        case .enable: self.init(.enabled, responses: 4)
        case .namespace: self.init(.namespace, responses: 4)
        case .noop, .check, .logout, .startTLS, .login, .authenticate, .compressDeflate, .idle, .unselect, .subscribe,
            .unsubscribe:
            self.init([], responses: 0)
        case .select(_, .qresync), .examine(_, .qresync):
            // It tells what has changed of each message (RFC 7162 section 3.2.5).
            self.init(
                [.status, .mailbox, .list, .vanished, .fetch], responses: 64, perMessage: 2, messages: .max)
        case .select, .examine: self.init([.status, .mailbox, .list], responses: 64)
        case .list: self.init([.list, .mailboxStatus], responses: 100_000, octets: 8 << 20)
        case .notify: self.init([.list, .mailboxStatus], responses: 100_000, octets: 8 << 20)
        case .status: self.init(.mailboxStatus, responses: 4, octets: 64 << 10)
        case .getQuotaRoot: self.init(.quota, responses: 64, octets: 1 << 20)
        case .uidFetch(let set, _, _, _):
            // One message may be told of in several parts.
            self.init([.fetch, .vanished], responses: 64, perMessage: 4, messages: Self.messages(of: set))
        case .uidSearch: self.init(.search, responses: 16)
        case .uidStore(let set, _, _, _, _), .uidStoreLabels(let set, _, _), .uidCopy(let set, _),
            .uidMove(let set, _), .uidExpunge(let set):
            self.init(
                [.status, .fetch, .expunge, .vanished], responses: 64, perMessage: 4, messages: set.count,
                isLasting: true)
        case .append: self.init([.status, .mailbox], responses: 64, isLasting: true)
        case .create, .delete, .rename: self.init([.list, .status], responses: 64, isLasting: true)
        }
    }

    private static func messages(of set: FetchSet) -> Int {
        switch set {
        case .uids(let uids): uids.count
        case .from: .max
        case .last: 1
        }
    }
}
