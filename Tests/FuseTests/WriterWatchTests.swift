import Glibc
import Synchronization
import Testing

@testable import Fuse

@Suite("The watch over those who write")
struct WriterWatchTests {
    /// Watches a file, of which is found out what `outcomes` says, and the last of it from then on.
    private func watching(
        _ outcomes: [WriterTest.Outcome], _ body: (WriterWatch, _ closed: () -> Bool) throws -> Void
    ) throws {
        let left = Mutex(outcomes[...])
        let isClosed = Atomic(false)
        let watch = WriterWatch(
            WriterWatch.Events {
                _ in
                isClosed.load(ordering: .acquiring) ? .gone : .path([], mark: 0)
            } closed: { _, _, _ in
                isClosed.store(true, ordering: .releasing)
                return true
            } seenOpen: { _, _ in
            }
        ) { _, _, _, _ in
            left.withLock { left in left.count > 1 ? left.removeFirst() : left.first ?? .nobodyWrites }
        }
        try watch.start()
        defer { watch.stop() }
        watch.add(7)
        try body(watch) { isClosed.load(ordering: .acquiring) }
    }

    @Test(
        "whoever asks waits until it is known who writes",
        arguments: [.unasked(Errno(EMFILE)), .elsewhere(.notFound)] as [WriterTest.Outcome])
    func unknown(outcome: WriterTest.Outcome) throws {
        try watching([outcome, outcome, outcome, .nobodyWrites]) { watch, closed in
            #expect(watch.checkAll(within: 60))
            #expect(closed())
        }
        try watching([outcome]) { watch, closed in
            #expect(!watch.checkAll(within: 0.05))
            #expect(!closed())
        }
    }

    @Test("a file that somebody has open keeps nobody waiting")
    func open() throws {
        try watching([.somebodyWrites]) { watch, closed in
            #expect(watch.checkAll(within: 60))
            #expect(!closed())
        }
    }

    @Test("what is whole is given up when nobody has it open for reading either, and keeps nobody waiting")
    func whole() throws {
        let readers = Atomic(true)
        let calls = Mutex<[Bool]>([])
        let watch = WriterWatch(
            WriterWatch.Events { _ in
                switch calls.withLock({ $0 }) {
                case []: .path([], mark: 0)
                case [false]: .whole([], mark: 0)
                default: .gone
                }
            } closed: { _, _, isUnused in
                calls.withLock { $0.append(isUnused) }
                return true
            } seenOpen: { _, _ in
            }
        ) { _, _, _, unused in
            guard let unused else { return .nobodyWrites }
            if readers.load(ordering: .acquiring) { return .somebodyWrites }
            unused()
            return .nobodyWrites
        }
        try watch.start()
        defer { watch.stop() }
        watch.add(7)
        for _ in 1...2 {
            #expect(watch.checkAll(within: 60))
            #expect(calls.withLock { $0 } == [false])
        }
        readers.store(false, ordering: .releasing)
        #expect(watch.checkAll(within: 60))
        #expect(calls.withLock { $0 } == [false, true])
    }

    @Test("want of descriptors or memory says nothing about a file", arguments: [EMFILE, ENFILE, ENOMEM])
    func shortage(code: Int32) {
        #expect(WriterTest.failed(Errno(code)) == .unasked(Errno(code)))
        #expect(WriterTest.failed(Errno(ENOENT)) == .elsewhere(.notFound))
    }
}
