import Foundation
import Synchronization
import Testing

@testable import MailService

/// Random programs, with a rival and a bad line: no letter is lost, none is there twice, none that was deleted is back, and what is shown is
/// what the server has.
@Suite(.serialized) struct RandomProgramTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isLong = environment["LONG"]?.isEmpty == false
    /// Programs that are run at the same time: they wait more than they work.
    private static let width = 16

    /// Alone, by `Tests/torture.sh`.
    private static let isTorture = environment["TORTURE"]?.isEmpty == false

    /// `MAILMOUNT_SEED` chooses one.
    private static var seeds: ClosedRange<UInt64> {
        if let seed = environment["MAILMOUNT_SEED"].flatMap(UInt64.init) { return seed...seed }
        let usual: UInt64 = isLong ? 200_000 : isTorture ? 2_000 : 200
        let count = environment["MAILMOUNT_PROGRAMS"].flatMap(UInt64.init) ?? usual
        return 1...max(1, count)
    }

    @Test func hold() async throws {
        let left = Left(Self.seeds)
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.width {
                group.addTask {
                    var wrong = 0
                    while let seed = left.next() { wrong += await Self.isRight(seed) ? 0 : 1 }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        print("random programs in the process: \(Self.seeds.count) tried, \(wrong) of them wrong")
    }

    private static func isRight(_ seed: UInt64) async -> Bool {
        do {
            let outcome = try await Torture.within(.seconds(120)) { try await RandomProgram(seed: seed).outcome() }
            if outcome.isRight, environment["MAILMOUNT_SEED"] == nil { return true }
            print("seed \(seed):\n\(outcome.lines.joined(separator: "\n"))")
            return outcome.isRight
        } catch {
            Issue.record("seed \(seed): \(error)")
            return false
        }
    }
}

/// The seeds whose programs have not begun.
private final class Left: Sendable {
    private let seeds: Mutex<ClosedRange<UInt64>.Iterator>

    init(_ seeds: ClosedRange<UInt64>) { self.seeds = Mutex(seeds.makeIterator()) }

    func next() -> UInt64? { seeds.withLock { $0.next() } }
}
