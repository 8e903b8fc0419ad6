import Foundation
import Synchronization
import Testing

@testable import MailViews

/// A text that takes long is nobody else's loss.
@Suite("TextMaker") struct TextMakerTests {
    /// Texts that begin with 0 are made when they are let go.
    private final class Slow: Sendable {
        let begun = Mutex<[[UInt8]]>([])
        let gate = DispatchSemaphore(value: 0)

        func make(_ octets: [UInt8]) -> [UInt8] {
            begun.withLock { $0.append(octets) }
            if octets.first == 0 { gate.wait() }
            return octets + [10]
        }

        func waitForBegun(_ count: Int) async {
            while begun.withLock({ $0.count }) < count { await Task.yield() }
        }
    }

    @Test("others are made, and everything else goes on, while some take long", .timeLimit(.minutes(1)))
    func beside() async {
        let slow = Slow()
        let maker = TextMaker(make: slow.make)
        let long = (1..<TextMaker.threads).map { number in
            Task { await maker.text(of: [0, UInt8(number)], version: [UInt64(number)]) { _ in } }
        }
        await slow.waitForBegun(long.count)
        let text1 = await maker.text(of: [1], version: [0]) { _ in }
        #expect(text1 == [1, 10])
        let one = Task { await maker.text(of: [0], version: [99]) { _ in } }
        await slow.waitForBegun(long.count + 2)
        // All of its threads are taken; Swift's own are free.
        let others = await withTaskGroup(of: Int.self) { group in
            for number in 0..<64 { group.addTask { number } }
            return await group.reduce(0, +)
        }
        #expect(others == 2016)
        for _ in 0...long.count { slow.gate.signal() }
        let text2 = await one.value
        #expect(text2 == [0, 10])
        for (number, task) in long.enumerated() {
            let text = await task.value
            #expect(text == [0, UInt8(number + 1), 10])
        }
    }

    @Test("who asks for the same gets the same, and it is made once", .timeLimit(.minutes(1))) func shared() async {
        let slow = Slow()
        let maker = TextMaker(make: slow.make)
        let kept = Mutex(0)
        let first = Task { await maker.text(of: [0], version: [7]) { _ in kept.withLock { $0 += 1 } } }
        await slow.waitForBegun(1)
        let others = (0..<8).map { _ in Task { await maker.text(of: [0], version: [7]) { _ in } } }
        while maker.askerCount < 9 { await Task.yield() }
        slow.gate.signal()
        let text3 = await first.value
        #expect(text3 == [0, 10])
        for other in others {
            let text = await other.value
            #expect(text == [0, 10])
        }
        #expect(slow.begun.withLock { $0.count } == 1 && kept.withLock { $0 } == 1)
        #expect(maker.askerCount == 0)
        slow.gate.signal()
        let text4 = await maker.text(of: [0], version: [7]) { _ in }
        #expect(text4 == [0, 10])
        #expect(slow.begun.withLock { $0.count } == 2)
    }
}
