import Fuse
import IMAPValue
import MailModel
import MailQuery
import MailTree
import Synchronization
import Testing

@testable import MailViews

/// When conversations are computed again, and of what.
@Suite("ThreadIndex") struct ThreadIndexTests {
    /// An account of which only conversations are known.
    final class Account: PartialAccount {
        struct State {
            var messages: [MessageID: ThreadedMessage] = [:]
            var log: [Set<MessageID>] = []
            /// Changes that are not remembered.
            var forgotten = 0
            var isOnline = true
            var walks = 0
            var asked: [MessageID] = []
            /// Done once, by the next one that asks what messages say.
            var meanwhile: (@Sendable (Account) -> Void)?
        }

        let state = Mutex(State())
        var changes: UInt64 { state.withLock { UInt64($0.log.count) } }

        func put(_ number: Int64, _ own: String, _ earlier: String..., subject: String = "s") {
            let id = MessageID(rawValue: number)
            state.withLock { state in
                state.messages[id] = ThreadedMessage(
                    own: Array(own.utf8), earlier: earlier.map { Array($0.utf8) }, subject: subject, isWhole: true)
                state.log.append([id])
            }
        }

        func remove(_ number: Int64) {
            let id = MessageID(rawValue: number)
            state.withLock { state in
                state.messages[id] = nil
                state.log.append([id])
            }
        }

        private func summary(_ id: MessageID) -> MessageSummary {
            MessageSummary(
                id: id, uid: nil, name: [], size: 0, sizeIsProven: true, internalDate: id.rawValue, flags: Flags(),
                flagsChanged: 0, isCached: false)
        }

        func forEachMessage(_ body: (MessageSummary) -> Void) async throws {
            let ids = state.withLock { state in
                state.walks += 1
                return state.messages.keys
            }
            for id in ids { body(summary(id)) }
        }

        func forEachThreadedMessage(of ids: [MessageID], _ body: (MessageID, ThreadedMessage) -> Void) async throws {
            let (messages, isOnline) = state.withLock { state in
                state.asked += ids
                return (state.messages, state.isOnline)
            }
            let meanwhile = state.withLock { state in
                defer { state.meanwhile = nil }
                return state.meanwhile
            }
            meanwhile?(self)
            for id in ids {
                guard let fact = messages[id] else { continue }
                body(
                    id,
                    isOnline
                        ? fact : ThreadedMessage(own: fact.own, earlier: [], subject: fact.subject, isWhole: false))
            }
        }

        func wholeMessages(among ids: [MessageID]) async throws -> [MessageID] {
            state.withLock { $0.isOnline ? ids : [] }
        }

        func changedMessages(since changes: UInt64) async throws -> ChangedMessages? {
            state.withLock { state in
                guard Int(changes) >= state.forgotten else { return nil }
                let ids = state.log.dropFirst(Int(changes)).reduce(Set()) { $0.union($1) }
                return ChangedMessages(
                    changes: UInt64(state.log.count),
                    shown: ids.filter { state.messages[$0] != nil }.map { DatedMessage(id: $0, date: $0.rawValue) },
                    gone: ids.filter { state.messages[$0] == nil })
            }
        }
    }

    private func names(_ index: ThreadIndex, _ account: Account) async throws -> [[UInt8]] {
        let listing = try await index.listing(in: account)
        return (0..<listing.count).map { Array(listing.name($0)) }
    }

    private func groups(_ index: ThreadIndex, _ account: Account) async throws -> Set<Set<Int64>> {
        var groups: Set<Set<Int64>> = []
        for name in try await names(index, account) {
            groups.insert(Set(try await index.messages(of: name, in: account).map(\.rawValue)))
        }
        return groups
    }

    private func expect(
        _ index: ThreadIndex, _ account: Account, _ expected: Set<Set<Int64>>,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await groups(index, account)
        #expect(found == expected, sourceLocation: location)
    }

    @Test("one change asks for one message, and goes through none of the others") func changed() async throws {
        let (account, index) = (Account(), ThreadIndex())
        for number: Int64 in 1...50 { account.put(number, "\(number)") }
        try await expect(index, account, Set((1...50).map { [$0] }))
        account.state.withLock { $0.asked = [] }
        account.put(51, "51", "7")
        account.remove(8)
        try await expect(index, account, Set((1...50).filter { $0 != 8 && $0 != 7 }.map { [$0] }).union([[7, 51]]))
        account.put(51, "51", "9")
        try await expect(index, account, Set((1...50).filter { $0 != 8 && $0 != 9 }.map { [$0] }).union([[9, 51]]))
        let (walks, asked) = account.state.withLock { ($0.walks, $0.asked) }
        #expect(walks == 1 && asked.map(\.rawValue) == [51, 51])
    }

    @Test("where changes are not remembered all are gone through, who is known is not asked, and names stay")
    func forgotten() async throws {
        let (account, index) = (Account(), ThreadIndex())
        account.put(2, "b", "a", subject: "Berths")
        account.put(3, "c")
        let before = try await names(index, account)
        account.put(1, "a", subject: "Other")
        account.remove(3)
        account.state.withLock { state in
            state.forgotten = state.log.count
            state.asked = []
        }
        try await expect(index, account, [[1, 2]])
        let after = try await names(index, account)
        #expect(after.count == 1 && before.contains(after.first ?? []))
        let (walks, asked) = account.state.withLock { ($0.walks, $0.asked) }
        #expect(walks == 2 && asked.map(\.rawValue) == [1])
    }

    @Test("what could not be had is tried again by who lists, without a change") func offline() async throws {
        let (account, index) = (Account(), ThreadIndex())
        account.state.withLock { $0.isOnline = false }
        account.put(1, "a")
        account.put(2, "b", "a")
        try await expect(index, account, [[1], [2]])
        account.put(3, "c", "b")
        try await expect(index, account, [[1], [2], [3]])
        account.state.withLock { $0.asked = [] }
        try await expect(index, account, [[1], [2], [3]])
        #expect(account.state.withLock { $0.asked } == [])
        account.state.withLock { $0.isOnline = true }
        try await expect(index, account, [[1, 2, 3]])
        account.state.withLock { $0.asked = [] }
        try await expect(index, account, [[1, 2, 3]])
        #expect(account.state.withLock { $0.asked } == [])
    }

    @Test(
        "what changes while messages are asked for is not lost, and what is older overwrites nothing",
        arguments: [(0, false), (0, true), (9, true)])
    func meanwhile(forgotten: Int, isKnown: Bool) async throws {
        let (account, index) = (Account(), ThreadIndex())
        account.put(1, "a")
        account.put(2, "b")
        if isKnown { try await expect(index, account, [[1], [2]]) }
        account.state.withLock { state in
            state.forgotten = forgotten
            state.meanwhile = { account in
                account.remove(1)
                account.put(4, "d", "b")
            }
        }
        account.put(3, "c", "a")
        _ = try await names(index, account)
        try await expect(index, account, [[3], [2, 4]])
    }
}
