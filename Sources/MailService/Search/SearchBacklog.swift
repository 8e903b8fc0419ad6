internal import MailModel
internal import Synchronization

/// Messages that the index of words does not have yet, or whose text came since.
final class SearchBacklog: Sendable {
    private struct State {
        /// Everything is to be compared: at the start, and where too many came.
        var isWholePassNeeded = true
        var ids: Set<MessageID> = []
        /// Differs after each note.
        var version = 0
    }

    private let state = Mutex(State())
    private static let limit = 50_000

    func note(_ batch: AppliedBatch) {
        guard !batch.isEmpty else { return }
        state.withLock { state in
            state.version &+= 1
            guard !state.isWholePassNeeded else { return }
            // What is gone is found nowhere, whatever the index has of it.
            for message in batch.arrived where message.standing != .scratch { state.ids.insert(message.id) }
            for message in batch.updated where message.isCached && message.standing != .scratch {
                state.ids.insert(message.id)
            }
            if state.ids.count > Self.limit {
                state.isWholePassNeeded = true
                state.ids = []
            }
        }
    }

    var version: Int { state.withLock { $0.version } }

    /// - Returns: nil where nothing is to be done; else what, which counts as done.
    func take() -> (isWholePass: Bool, ids: Set<MessageID>)? {
        state.withLock { state in
            guard state.isWholePassNeeded || !state.ids.isEmpty else { return nil }
            defer { (state.isWholePassNeeded, state.ids) = (false, []) }
            return (state.isWholePassNeeded, state.ids)
        }
    }

    /// It was not done.
    func beginAnew() { state.withLock { $0.isWholePassNeeded = true } }
}
