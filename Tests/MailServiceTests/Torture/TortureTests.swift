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
    private static let totals = Mutex<[String: (tried: Int, unmet: Int)]>([:])

    @Test(arguments: Scenario.all + (isLong ? Scenario.more : []))
    func atEveryPoint(of scenario: Scenario) async throws {
        try await Self.disturb(scenario, "points") { $0.faults(most: Self.isLong ? 50 : 3, isThorough: Self.isLong) }
    }

    /// Each day at others of them.
    @Test(arguments: Scenario.all) func atEveryOctet(of scenario: Scenario) async throws {
        try await Self.disturb(scenario, "octets") { events in
            let faults = events.octetFaults
            guard !Self.isLong, Self.chosen == nil, faults.count > Self.sample else { return faults }
            let step = faults.count / Self.sample
            let first = Int(Date.now.timeIntervalSince1970 / 86_400) % step
            return stride(from: first, to: faults.count, by: step).map { faults[$0] }
        }
    }

    /// Octets of a scenario.
    private static let sample = 40

    private static func disturb(
        _ scenario: Scenario, _ what: String, _ faults: (Events) -> [Fault]
    ) async throws {
        if let only, !scenario.name.contains(only) { return }
        let torture = try await Torture(scenario)
        let (events, problems) = try await torture.events()
        #expect(problems == [], "\(scenario.name) undisturbed")
        guard problems.isEmpty else { return }
        let tally = Tally(faults(events).filter { fault in chosen.map { "\(fault)".contains($0) } ?? true })
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    while let fault = tally.next() { tally.take(await attempt(fault, torture)) }
                }
            }
        }
        let (tried, unmet, failed) = tally.counts
        let (all, missed) = totals.withLock { totals in
            let old = totals[what] ?? (0, 0)
            totals[what] = (old.tried + tried, old.unmet + unmet)
            return (old.tried + tried, old.unmet + unmet)
        }
        print(
            "\(scenario.name): \(tried) \(what) tried, \(unmet) not met, \(failed) failed; \(all) and \(missed) in all")
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
