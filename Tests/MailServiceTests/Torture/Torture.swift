import Foundation
import InMemoryIMAP
import Synchronization

@testable import MailService

/// A scenario that is gone through again and again, disturbed at another point each time.
struct Torture: Sendable {
    let scenario: Scenario
    /// What is there before anything is changed.
    private let start: Expectation
    /// The directories of a service that has seen all of it.
    private let seen: Scratch

    struct Trial: Sendable {
        /// The fault has happened.
        var isMet = false
        var problems: [String] = []
        var transcript: [TranscriptLine] = []
        var events = Events()
    }

    init(_ scenario: Scenario) async throws {
        self.scenario = scenario
        let ground = try Ground(scenario)
        start = Expectation(ground.rig.server.account)
        let mounted = try ground.open(ground.directory)
        try await mounted.start()
        try await mounted.settle()
        await mounted.service.stop()
        seen = ground.directory
    }

    /// What happens when nothing is disturbed: the most of two runs.
    func events() async throws -> (Events, [String]) {
        var events = Events()
        var problems: [String] = []
        for _ in 0..<2 {
            let trial = try await Torture.within(.seconds(120)) { try await run(Fault(kind: .none)) }
            events.formUnion(trial.events)
            problems += trial.problems
        }
        return (events, problems)
    }

    /// Goes through the scenario once.
    ///
    /// - Parameter spoil: makes the server do something wrong besides.
    func run(_ fault: Fault, spoil: @Sendable (InMemoryServer) -> Void = { _ in }) async throws -> Trial {
        let ground = try Ground(scenario, copying: seen)
        let server = ground.rig.server
        var trial = Trial()
        defer { server.stop() }
        var mounted = try ground.open(ground.directory)
        try await mounted.start()
        try await mounted.settle()
        spoil(server)
        let course = Course(ground, mounted, fault)
        trial.problems += try await course.run()
        trial.isMet = course.isMet
        trial.events = course.events
        let death = course.death
        await course.finish()
        if let death {
            await mounted.service.stop()
            try server.start()
            mounted = try ground.open(death.directory)
            try await mounted.start()
            trial.problems += await Course.drain(mounted.service)
        }
        try await mounted.settle()
        let count = scenario.calls.count
        let made = death?.made ?? count
        let possible = made < count ? [made, made + 1] : [count]
        let found = try possible.map { count in
            try scenario.expectation(start, after: count)
                .differences(from: server.account, mounted, isCutShort: made < possible.last ?? made)
        }
        trial.problems += found.contains([]) ? [] : found.flatMap { $0 }
        trial.problems += mounted.service.failedChanges.map { "failed: \($0.operation) \($0.path): \($0.error)" }
        trial.problems += Conduct.recklessness(in: server.observation.clientLines).map { "sent \($0)" }
        await mounted.service.stop()
        trial.transcript = server.transcript
        guard trial.problems.isEmpty else { return trial }
        trial.problems += try await again(mounted, ground, death?.directory ?? ground.directory, found)
        trial.transcript += server.transcript
        return trial
    }

    /// A further start changes nothing.
    private func again(
        _ before: Mounted, _ ground: Ground, _ directory: Scratch, _ found: [[String]]
    ) async throws -> [String] {
        let server = ground.rig.server
        let account = server.account
        server.clearObservation()
        let mounted = try ground.open(directory)
        try await mounted.start()
        var problems = await Course.drain(mounted.service)
        try await mounted.settle()
        problems += server.changingCommands.map { "sent after all was done: \($0)" }
        let (old, new) = (before.shown.model, mounted.shown.model)
        for path in Set(old.paths).union(new.paths).sorted() {
            if old.names(in: path) != new.names(in: path) || old.uids(in: path) != new.uids(in: path) {
                problems.append(
                    "\(path): shown as \(new.names(in: path)) after another start, not \(old.names(in: path))")
            }
        }
        for name in account.folders where account.messages(in: name) != server.messages(in: name) {
            problems.append("\(name): changed on the server by another start")
        }
        await mounted.service.stop()
        return problems
    }

    struct Hung: Error, CustomStringConvertible {
        var description: String { "it hangs" }
    }

    /// What `body` gives; whoever hangs is left behind.
    static func within<Result: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let waiting = Waiting<Result>()
        let work = Task { try await body() }
        return try await withCheckedThrowingContinuation { continuation in
            waiting.begin(continuation)
            let timer = Task {
                try await Task.sleep(for: limit)
                waiting.take()?.resume(throwing: Hung())
                work.cancel()
            }
            Task {
                let result = await work.result
                timer.cancel()
                waiting.take()?.resume(with: result)
            }
        }
    }
}

/// Who waits for one of several to say something.
private final class Waiting<Result: Sendable>: Sendable {
    private let continuation = Mutex<CheckedContinuation<Result, any Error>?>(nil)

    func begin(_ new: CheckedContinuation<Result, any Error>) { continuation.withLock { $0 = new } }

    /// Whoever waits, who is told once.
    func take() -> CheckedContinuation<Result, any Error>? {
        continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
    }
}
