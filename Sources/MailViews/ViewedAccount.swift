public import MailMessage
public import MailModel
public import MailQuery
public import MailTree

/// The account as views see it: its tree, and the octets of its messages.
public protocol ViewedAccount: Sendable {
    /// Seconds since 1970.
    var currentTime: Int64 { get }
    /// Where the account is mounted; nil before it is.
    var place: [UInt8]? { get }

    /// A folder's entry of that name, its listing loaded first where it is not.
    ///
    /// - Throws: `Errno`.
    func find(_ name: [UInt8], in folder: FolderID) async throws -> Node?
    /// All entries of a folder but `.` and `..`, in the order of its listing, which is loaded first where it is not. `body` must be quick: the
    /// tree is locked meanwhile.
    ///
    /// - Throws: `Errno`.
    func forEachEntry(
        of folder: FolderID, _ body: (_ name: UnsafeRawBufferPointer, _ node: Node) -> Void
    ) async throws
    /// What is known of a message; nil where it is gone, or in a folder whose listing is not loaded.
    func message(_ id: MessageID) -> MessageSummary?
    /// The components that lead to a message from the root; nil where it has no name.
    func path(of id: MessageID) -> [[UInt8]]?

    /// The whole message; nil where it is not here.
    func cachedOctets(of id: MessageID) throws -> [UInt8]?
    /// The whole message, fetched where it is not here.
    ///
    /// - Throws: `Errno`: EFBIG for one that is longer than any mail.
    func octets(of id: MessageID) async throws -> [UInt8]
    /// What stands around the parts of a large message that is not here; nil where the whole is to be taken.
    ///
    /// - Throws: `Errno`.
    func outline(of id: MessageID) async throws -> MessageOutline?
    /// The content of a part that was fetched alone; nil where it is to be fetched.
    ///
    /// - Parameter section: positions counted from 1.
    func keptPart(_ section: [Int], of id: MessageID) -> [UInt8]?
    /// The length of that content, without reading it.
    func keptPartSize(_ section: [Int], of id: MessageID) -> UInt64?
    /// The content of a part, fetched alone; nil where the whole is to be taken.
    ///
    /// - Throws: `Errno`.
    func part(_ section: [Int], of id: MessageID, in outline: MessageOutline) async throws -> [UInt8]?
    /// The text that ``keep(text:of:madeOf:form:)`` was given for a message that is here; nil where it has to be made.
    func keptText(of id: MessageID, form: String) -> [UInt8]?
    /// The length of that text, without reading it.
    func keptTextSize(of id: MessageID, form: String) -> UInt64?
    /// A text was made of a whole message. Returns at once.
    ///
    /// - Parameter form: other for texts that the same message would have otherwise.
    func keep(text: [UInt8], of id: MessageID, madeOf body: [UInt8], form: String)
    /// Somebody begins to read it: who reads one after the other finds the next ones fetched already. Returns at once.
    ///
    /// - Parameter inParts: large messages are not wanted whole.
    func opened(_ id: MessageID, inParts: Bool)

    /// A number that grows with each change of what the account shows.
    var changes: UInt64 { get }
    /// What a text asks for, of this account.
    ///
    /// - Throws: `QueryError`.
    func query(_ text: String) throws(QueryError) -> Query
    /// The messages that fit, in any order.
    ///
    /// - Throws: `Errno`.
    func found(_ query: Query) async throws -> [FoundMessage]
    /// Those of some messages that are shown, in any order.
    ///
    /// - Throws: `Errno`.
    func found(among ids: Set<MessageID>) async throws -> [FoundMessage]
    /// The addresses of each message's authors, in lower case, each once; messages that name none are left out.
    ///
    /// - Throws: `Errno`.
    func senders(of ids: [MessageID]) async throws -> [MessageID: [String]]
    /// What messages say of the conversations that they are in, some at a time; fetched where it was not yet and can be.
    ///
    /// - Throws: `Errno`.
    func forEachThreadedMessage(of ids: [MessageID], _ body: (MessageID, ThreadedMessage) -> Void) async throws
    /// Those of some messages of which all can be told now.
    ///
    /// - Throws: `Errno`.
    func wholeMessages(among ids: [MessageID]) async throws -> [MessageID]
    /// What changed since there were so many `changes`; nil where that is not remembered.
    ///
    /// - Throws: `Errno`.
    func changedMessages(since changes: UInt64) async throws -> ChangedMessages?
    /// All messages of all folders that are shown. `body` must be quick.
    ///
    /// - Throws: `Errno`.
    func forEachMessage(_ body: (MessageSummary) -> Void) async throws
    /// The queries that have a directory, as names of it.
    var savedSearches: [[UInt8]] { get }
    /// Keeps a query, or no more.
    ///
    /// - Throws: `Errno`.
    func keepSearch(_ name: [UInt8], _ isKept: Bool) async throws
    /// Changes the flags of a message by all of these, or by none: here at once and on the server as soon as can be.
    ///
    /// - Throws: `Errno`.
    func change(_ id: MessageID, _ changes: [FlagChange]) async throws
}

extension ViewedAccount {
    /// - Throws: `Errno`.
    func change(_ id: MessageID, _ change: FlagChange) async throws { try await self.change(id, [change]) }

    /// The message at a path below the root; nil where there is none.
    func message(at path: [[UInt8]]) async throws -> MessageID? {
        var folder = FolderID.root
        for (index, name) in path.enumerated() {
            guard let node = try await find(name, in: folder) else { return nil }
            if case .message(let message, _) = node { return index == path.count - 1 ? message.id : nil }
            guard let next = node.inode.directory else { return nil }
            folder = next
        }
        return nil
    }
}
