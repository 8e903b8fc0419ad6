import Synchronization

@testable import MailService

/// Asked at each step of a change, once it is armed: true ends the change there, as the end of the program would.
final class Probe: Sendable {
    private let asked = Mutex<(@Sendable (ChangeStep) -> Bool)?>(nil)

    func arm(_ ask: (@Sendable (ChangeStep) -> Bool)?) { asked.withLock { $0 = ask } }

    func passed(_ step: ChangeStep) throws {
        if asked.withLock({ $0 })?(step) == true { throw ServiceError.offline }
    }
}
