import InMemoryIMAP
import Synchronization

@testable import MailService

/// Ends a program at a step, as a kill would: what it had on the disk then is what the next one finds.
final class Dying: Sendable {
    private struct State {
        var stepsLeft: Int?
        var isDead = false
        var copy: Result<Scratch, any Error>?
    }

    private let service: MailService
    private let rig: Rig
    private let state = Mutex(State())
    private let copying = Mutex(())

    init(_ service: MailService, _ probe: Probe, _ rig: Rig) {
        self.service = service
        self.rig = rig
        probe.arm { [weak self] _ in self?.passed() ?? true }
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    func die(after steps: Int) { state.withLock { $0.stepsLeft = steps } }

    /// It ends by itself: a step of that is none to die at.
    func disarm() { state.withLock { $0.stepsLeft = nil } }

    /// - Returns: what was on the disk, where it has died.
    func left() throws -> Scratch? {
        // Whoever keeps it ends before that is looked at.
        copying.withLock { _ in }
        return try state.withLock { $0.copy }?.get()
    }

    private func passed() -> Bool {
        let isNow = state.withLock { state -> Bool in
            guard !state.isDead, let left = state.stepsLeft else { return false }
            state.stepsLeft = left > 0 ? left - 1 : nil
            return left == 0
        }
        if isNow { copying.withLock { _ in keepWhatIsLeft() } }
        return isDead
    }

    private func keepWhatIsLeft() {
        state.withLock { $0.isDead = true }
        rig.server.stop()
        let copy = Result { try service.disk(rig.scratch) }
        state.withLock { $0.copy = copy }
    }
}
