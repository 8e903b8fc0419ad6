import Fuse
import MailMessage
import MailModel
import MailQuery
import MailTree
import MailViews

/// An account of which only a part is known: all that a test does not tell is empty.
protocol PartialAccount: ViewedAccount {}

extension PartialAccount {
    var currentTime: Int64 { 1_800_000_000 }
    var place: [UInt8]? { nil }
    var savedSearches: [[UInt8]] { [] }

    func find(_ name: [UInt8], in folder: FolderID) async throws -> Node? { nil }
    func forEachEntry(of folder: FolderID, _ body: (UnsafeRawBufferPointer, Node) -> Void) async throws {}
    func forEachMessage(_ body: (MessageSummary) -> Void) async throws {}
    func message(_ id: MessageID) -> MessageSummary? { nil }
    func path(of id: MessageID) -> [[UInt8]]? { nil }
    func cachedOctets(of id: MessageID) throws -> [UInt8]? { nil }
    func octets(of id: MessageID) async throws -> [UInt8] { [] }
    func outline(of id: MessageID) async throws -> MessageOutline? { nil }
    func keptPart(_ section: [Int], of id: MessageID) -> [UInt8]? { nil }
    func keptPartSize(_ section: [Int], of id: MessageID) -> UInt64? { nil }
    func part(_ section: [Int], of id: MessageID, in outline: MessageOutline) async throws -> [UInt8]? { nil }
    func keptText(of id: MessageID, form: String) -> [UInt8]? { nil }
    func keptTextSize(of id: MessageID, form: String) -> UInt64? { nil }
    func keep(text: [UInt8], of id: MessageID, madeOf body: [UInt8], form: String) {}
    func opened(_ id: MessageID, inParts: Bool) {}
    func query(_ text: String) throws(QueryError) -> Query { try Query(parsing: text, now: currentTime) }
    func found(_ query: Query) async throws -> [FoundMessage] { [] }
    func found(among ids: Set<MessageID>) async throws -> [FoundMessage] { [] }
    func senders(of ids: [MessageID]) async throws -> [MessageID: [String]] { [:] }
    func forEachThreadedMessage(of ids: [MessageID], _ body: (MessageID, ThreadedMessage) -> Void) async throws {}
    func wholeMessages(among ids: [MessageID]) async throws -> [MessageID] { [] }
    func changedMessages(since changes: UInt64) async throws -> ChangedMessages? { nil }
    func keepSearch(_ name: [UInt8], _ isKept: Bool) async throws {}
    func change(_ id: MessageID, _ changes: [FlagChange]) async throws {}
}
