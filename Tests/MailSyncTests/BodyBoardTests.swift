import MailModel
import Testing

@testable import MailSync

@Suite("Which bodies are fetched, in what order, and who is told")
struct BodyBoardTests {
    private struct Wish: QueuedBody, Hashable {
        var id: MessageID
        var size: UInt64 = 10

        init(_ id: Int64, size: UInt64 = 10) {
            self.id = MessageID(rawValue: id)
            self.size = size
        }
    }

    /// Plays with a board, of one folder.
    private final class Play {
        private var board: BodyBoard<Wish>
        let folder = FolderID(rawValue: 3)

        init(_ change: (inout BodyBoard<Wish>.Limits) -> Void = { _ in }) {
            var limits = BodyBoard<Wish>.Limits()
            change(&limits)
            board = BodyBoard(limits)
        }

        var hasRoom: Bool { board.hasRoom }
        var isAdopting: Bool { board.isAdopting }
        var waiterCount: Int { board.waiterCount }
        var queuedCount: Int { board.queuedCount }

        func want(_ number: Int64, size: UInt64 = 10, in folder: Int64 = 3) -> (waiter: BodyWaiter, begins: Bool) {
            let waiter = board.newWaiter()
            return (waiter, board.wanted(Wish(number, size: size), in: FolderID(rawValue: folder), by: waiter))
        }

        func cancel(_ waiter: BodyWaiter) -> Bool { board.cancelled(waiter) }

        func expect(_ numbers: ClosedRange<Int64>) -> Bool { board.expected(numbers.map { Wish($0) }, in: folder) }

        func takeUrgent() -> BodyBoard<Wish>.Batch? { board.takeUrgent(folder) }

        func takeAhead(for retrieval: BodyOwner? = nil) -> BodyBoard<Wish>.Batch? {
            board.takeAhead(folder, for: retrieval)
        }

        func open(_ batch: BodyBoard<Wish>.Batch) -> Int { board.open(batch.bodies, of: batch.retrieval).count }

        func arrive(_ number: Int64, from retrieval: BodyOwner) -> BodyBoard<Wish>.Arrival {
            board.arrived(MessageID(rawValue: number), octets: 10, from: retrieval)
        }

        func takeArrived() -> [Int64] { board.takeArrived().map(\.rawValue) }

        func end(_ number: Int64, of owner: BodyOwner) -> [BodyWaiter] {
            board.ended(MessageID(rawValue: number), of: owner)
        }
    }

    private func numbers(_ batch: BodyBoard<Wish>.Batch?) -> [Int64]? { batch?.bodies.map(\.id.rawValue) }

    @Test("a body goes its way: queued, asked for, come, stored, told of once")
    func way() throws {
        let board = Play()
        let first = board.want(1)
        #expect(first.begins)
        let batch = try #require(board.takeUrgent())
        #expect(numbers(batch) == [1])
        let second = board.want(1)
        #expect(!second.begins && board.waiterCount == 2)
        #expect(board.arrive(1, from: batch.retrieval) == .first)
        #expect(board.isAdopting)
        #expect(board.takeArrived() == [1])
        #expect(board.end(1, of: .adoption) == [first.waiter, second.waiter])
        #expect(board.end(1, of: .adoption) == [])
        #expect(board.takeArrived() == [] && !board.isAdopting)
        #expect(numbers(board.takeUrgent()) == nil)
        #expect(board.waiterCount == 0 && board.queuedCount == 0)
    }

    @Test("only whose a body is may end the wait for it")
    func owners() throws {
        let board = Play()
        let one = board.want(1)
        let batch = try #require(board.takeUrgent())
        #expect(board.end(1, of: .adoption) == [])
        #expect(board.end(1, of: BodyOwner(rawValue: batch.retrieval.rawValue + 1)) == [])
        #expect(board.open(batch) == 1)
        #expect(board.end(1, of: batch.retrieval) == [one.waiter])
        #expect(board.open(batch) == 0)
        #expect(board.arrive(1, from: batch.retrieval) == .unwanted)
        #expect(board.takeArrived() == [])
    }

    @Test("who waits no more leaves nothing behind, and what is only queued is not asked for")
    func cancelledInQueue() {
        let board = Play()
        let one = board.want(1)
        let two = board.want(2)
        #expect(one.begins && two.begins)
        #expect(board.cancel(one.waiter))
        #expect(!board.cancel(one.waiter))
        #expect(board.waiterCount == 1)
        #expect(numbers(board.takeUrgent()) == [2])
        #expect(numbers(board.takeUrgent()) == nil)
    }

    @Test("what one of two waits for no more is asked for all the same")
    func cancelledByOne() throws {
        let board = Play()
        let one = board.want(1)
        let other = board.want(1)
        #expect(board.cancel(one.waiter))
        let batch = try #require(board.takeUrgent())
        #expect(numbers(batch) == [1])
        #expect(board.end(1, of: batch.retrieval) == [other.waiter])
    }

    @Test("a body under way that nobody waits for any more is stored when it comes")
    func cancelledUnderWay() throws {
        let board = Play()
        let one = board.want(1)
        let batch = try #require(board.takeUrgent())
        #expect(board.cancel(one.waiter))
        #expect(board.queuedCount == 1 && board.waiterCount == 0)
        #expect(board.arrive(1, from: batch.retrieval) == .first)
        #expect(board.takeArrived() == [1])
        #expect(board.end(1, of: .adoption) == [])
        #expect(board.queuedCount == 0)
    }

    @Test("a wait that has ended cannot be cancelled")
    func cancelledLate() throws {
        let board = Play()
        let one = board.want(1)
        let batch = try #require(board.takeUrgent())
        #expect(board.end(1, of: batch.retrieval) == [one.waiter])
        let again = board.want(1)
        #expect(again.begins)
        #expect(!board.cancel(one.waiter))
        #expect(numbers(board.takeUrgent()) == [1])
        #expect(board.waiterCount == 1)
    }

    @Test("what a reader waits for leaves the queue of what is read ahead, and what is under way does not enter it")
    func ahead() throws {
        let board = Play()
        #expect(board.expect(1...3))
        #expect(!board.expect(3...4))
        let wish = board.want(2)
        #expect(wish.begins && board.queuedCount == 3)
        let urgent = try #require(board.takeUrgent())
        #expect(numbers(urgent) == [2])
        #expect(!board.expect(2...2))
        let ahead = try #require(board.takeAhead())
        #expect(numbers(ahead) == [1, 3, 4] && ahead.retrieval != urgent.retrieval)
        let late = board.want(3)
        #expect(!late.begins)
        #expect(!board.expect(5...5))
        let more = try #require(board.takeAhead(for: ahead.retrieval))
        #expect(numbers(more) == [5] && more.retrieval == ahead.retrieval)
        // Nothing is left: the retrieval ends, and then the runner.
        #expect(numbers(board.takeAhead(for: ahead.retrieval)) == nil)
        #expect(!board.expect(6...6))
        #expect(numbers(board.takeAhead()) == [6])
        #expect(numbers(board.takeAhead()) == nil)
        #expect(board.expect(7...7))
    }

    @Test("two commands of a folder at most are for those who wait")
    func runners() {
        let board = Play()
        let begun = (Int64(1)...4).map { board.want($0).begins }
        #expect(begun == [true, true, false, false])
        #expect(numbers(board.takeUrgent()) == [1, 2, 3, 4])
        #expect(numbers(board.takeUrgent()) == nil)
        let (next, elsewhere) = (board.want(5), board.want(9, in: 4))
        #expect(next.begins && elsewhere.begins)
    }

    @Test(
        "one command asks for so many bodies, or so many octets, and for one at least",
        arguments: [
            ([1, 1, 1, 1, 1], [[1, 2, 3], [4, 5]]), ([60, 40, 1], [[1, 2], [3]]),
            ([200, 1, .max, 1], [[1], [2], [3], [4]]),
        ] as [([UInt64], [[Int64]])])
    func batches(sizes: [UInt64], expected: [[Int64]]) {
        let board = Play {
            $0.urgent = 3
            $0.octets = 100
        }
        for (number, size) in zip(Int64(1)..., sizes) { _ = board.want(number, size: size) }
        var taken: [[Int64]] = []
        while let batch = numbers(board.takeUrgent()) { taken.append(batch) }
        #expect(taken == expected)
    }

    @Test("what somebody waits for is stored first, and the wire waits for the disk")
    func adoption() throws {
        let board = Play {
            $0.adoption = 2
            $0.backlog = 25
        }
        #expect(board.expect(1...5))
        let batch = try #require(board.takeAhead())
        _ = board.want(4)
        let arrivals = (Int64(1)...5).map { board.arrive($0, from: batch.retrieval) }
        #expect(arrivals == [.first, .queued, .queued, .queued, .queued])
        #expect(!board.hasRoom)
        #expect(board.takeArrived() == [4, 1] && !board.hasRoom)
        #expect(board.takeArrived() == [2, 3] && board.hasRoom)
        #expect(board.takeArrived() == [5] && board.isAdopting)
        #expect(board.takeArrived() == [] && !board.isAdopting)
    }
}
