import InMemoryIMAP
import MailModel
import MailSync
import Synchronization

@testable import MailService

/// One way through a scenario, up to its end or to that of the program.
final class Course: Sendable {
    /// The program was killed.
    struct Death: Sendable {
        /// What it left.
        let directory: Scratch
        /// Calls that had returned.
        let made: Int
    }

    private struct State {
        var events = Events()
        var made = 0
        var isDead = false
        /// It is too late to die.
        var isOver = false
        var death: Death?
        var problems: [String] = []
        var draining: Task<[String], Never>?
        var rules: [Misbehaviour.ID] = []
        var isMet = false
    }

    private let ground: Ground
    private let mounted: Mounted
    private let fault: Fault
    private let state = Mutex(State())
    /// Held by whoever keeps what the program leaves.
    private let dying = Mutex(())

    init(_ ground: Ground, _ mounted: Mounted, _ fault: Fault) {
        self.ground = ground
        self.mounted = mounted
        self.fault = fault
    }

    var isMet: Bool { state.withLock { $0.isMet } }
    var events: Events { state.withLock { $0.events } }
    var death: Death? { state.withLock { $0.death } }
    private var isDead: Bool { state.withLock { $0.isDead } }

    /// - Returns: what went wrong.
    func run() async throws -> [String] {
        let server = ground.rig.server
        guard let sender = mounted.service.running?.sender else { return ["it does not run"] }
        await sender.disconnected()
        arm()
        let counter = server.install(Misbehaviour(on: "APPEND", at: .continuation, .pieces(of: 1)))
        let recorder = server.install(
            Misbehaviour(
                .alter { [weak self] answer in
                    let told = answer
                    self?.state.withLock { $0.events.answered(told) }
                }))
        let rule = fault.rule.map { server.install($0) }
        let reaper = Task { try await reap(rule) }
        for (index, call) in ground.scenario.calls.enumerated() where !isDead {
            if call.isLater {
                await sender.connected()
                await drain()
                await sender.disconnected()
                if isDead { break }
            }
            do {
                try await call.make(mounted)
                state.withLock { if !$0.isDead { $0.made = index + 1 } }
            } catch {
                if !isDead { throw error }
            }
        }
        if !isDead {
            await sender.connected()
            await drain()
        }
        let fired = server.observation.fired
        for id in [counter, recorder] + (rule.map { [$0] } ?? []) { server.remove(id) }
        try await reaper.value
        state.withLock { $0.isOver = true }
        // Whoever has begun to keep what the program leaves ends before that is looked at.
        dying.withLock { _ in }
        state.withLock { state in
            state.events.literals = fired[counter] ?? 0
            if let rule, fired[rule] ?? 0 > 0 { state.isMet = true }
            if fault.kind == .none { state.isMet = true }
        }
        return state.withLock { $0.problems }
    }

    /// The service is nobody's any more.
    func finish() async { mounted.probe.arm(nil) }

    /// Counts the steps of the service, and ends it at one.
    private func arm() {
        mounted.probe.arm { [weak self] _ in
            guard let self else { return true }
            let number = state.withLock { state in
                defer { state.events.steps += 1 }
                return state.events.steps
            }
            if fault.kind == .step(number) { die() }
            return isDead
        }
    }

    /// Waits for the server to stall, and ends the program then.
    private func reap(_ rule: Misbehaviour.ID?) async throws {
        guard case .end = fault.kind, let rule else { return }
        let server = ground.rig.server
        try await server.wait(for: "\(fault)", seconds: 60) { $0.fired[rule] != 0 }
        if server.observation.fired[rule] ?? 0 > 0 { die() }
    }

    private func die() { dying.withLock { _ in keepWhatIsLeft() } }

    /// Nothing that the service does from here on reaches the server or the directories of its successor.
    private func keepWhatIsLeft() {
        let made = state.withLock { state -> Int? in
            if state.isDead || state.isOver { return nil }
            state.isDead = true
            state.isMet = true
            return state.made
        }
        guard let made else { return }
        mounted.leave()
        ground.rig.server.stop()
        do {
            let copy = try mounted.service.disk(ground.directory)
            state.withLock { $0.death = Death(directory: copy, made: made) }
        } catch {
            state.withLock { $0.problems.append("what it left cannot be kept: \(error)") }
        }
        state.withLock { $0.draining }?.cancel()
    }

    private func drain() async {
        let service = mounted.service
        let task = Task { await Course.drain(service) }
        state.withLock { $0.draining = task }
        if isDead { task.cancel() }
        let problems = await task.value
        state.withLock { if !$0.isDead { $0.problems += problems } }
    }

    /// Returns when nothing waits.
    static func drain(_ service: MailService) async -> [String] {
        let left = await service.drain(until: .now + .seconds(20))
        guard left > 0 else { return [] }
        let operations = service.journal.view.withLock { $0.journal.operations }
        return ["\(left) changes still wait: \(operations)"]
    }
}
