import MailModel
import MailStore
import Synchronization

/// What a tree would show from what was published.
final class Shown: Sendable {
    private struct State {
        var ids: Set<MessageID> = []
        var isConsistent = true
    }
    private let state = Mutex(State())

    var ids: Set<MessageID> { state.withLock { $0.ids } }
    var isConsistent: Bool { state.withLock { $0.isConsistent } }

    func apply(_ batch: AppliedBatch) {
        state.withLock { state in
            for message in batch.arrived where !state.ids.insert(message.id).inserted { state.isConsistent = false }
            for id in batch.removed where state.ids.remove(id) == nil { state.isConsistent = false }
        }
    }

    func fail() { state.withLock { $0.isConsistent = false } }
}

final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}
