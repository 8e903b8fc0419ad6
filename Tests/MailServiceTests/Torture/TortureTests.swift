import Foundation
import InMemoryIMAP
import Synchronization
import Testing

@testable import MailService

/// Changes are disturbed at every point of their way: nothing is lost, nothing is there twice, nothing comes back.
@Suite(.serialized) struct TortureTests {
    private static let isLong = ProcessInfo.processInfo.environment["LONG"]?.isEmpty == false
    /// Only the faults with this text are tried, and the talk with the server is shown.
    private static let chosen = ProcessInfo.processInfo.environment["MAILMOUNT_FAULT"]
    /// Only the scenarios with this text are tried.
    private static let only = ProcessInfo.processInfo.environment["MAILMOUNT_SCENARIO"]
    private static let total = Mutex((tried: 0, unmet: 0))

    @Test(arguments: Scenario.all + (isLong ? Scenario.more : []))
    func atEveryPoint(of scenario: Scenario) async throws {
        if let only = Self.only, !scenario.name.contains(only) { return }
        let torture = try await Torture(scenario)
        let (events, problems) = try await torture.events()
        #expect(problems == [], "\(scenario.name) undisturbed")
        guard problems.isEmpty else { return }
        var faults = events.faults(most: Self.isLong ? 50 : 3, isThorough: Self.isLong)
        if let chosen = Self.chosen { faults = faults.filter { "\($0)".contains(chosen) } }
        let tally = Tally(faults)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    while let fault = tally.next() { tally.take(await Self.attempt(fault, torture)) }
                }
            }
        }
        let (tried, unmet, failed) = tally.counts
        let (all, missed) = Self.total.withLock { total in
            total = (total.tried + tried, total.unmet + unmet)
            return total
        }
        print(
            "\(scenario.name): \(tried) points tried, \(unmet) not met, \(failed) failed; \(all) and \(missed) in all")
    }

    private static func attempt(_ fault: Fault, _ torture: Torture) async -> Torture.Trial {
        var trial = Torture.Trial()
        do {
            trial = try await Torture.within(.seconds(120)) { try await torture.run(fault) }
        } catch {
            trial.problems.append("\(error)")
        }
        if !trial.problems.isEmpty {
            let text = trial.problems.joined(separator: "\n")
            let talk = chosen == nil ? "" : trial.transcript.map { "\n\($0)" }.joined()
            Issue.record("\(torture.scenario.name), \(fault): \(text)\(talk)")
        }
        return trial
    }
}

/// The faults that are left, and what came of the others.
private final class Tally: Sendable {
    private struct State {
        var left: ArraySlice<Fault>
        var counts = (tried: 0, unmet: 0, failed: 0)
    }

    private let state: Mutex<State>

    init(_ faults: [Fault]) { state = Mutex(State(left: faults[...])) }

    var counts: (tried: Int, unmet: Int, failed: Int) { state.withLock { $0.counts } }

    /// nil also where enough is known.
    func next() -> Fault? { state.withLock { $0.counts.failed < 12 ? $0.left.popFirst() : nil } }

    func take(_ trial: Torture.Trial) {
        state.withLock { state in
            if trial.isMet { state.counts.tried += 1 } else { state.counts.unmet += 1 }
            if !trial.problems.isEmpty { state.counts.failed += 1 }
        }
    }
}
