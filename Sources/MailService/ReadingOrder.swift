internal import MailModel
internal import MailSync
internal import Synchronization

/// Who reads in the order of a listing, and up to where was fetched ahead for it.
final class ReadingOrder: Sendable {
    private struct Progress {
        var policy = ReadAhead()
        var frontier = MessageID(rawValue: 0)
        var refill = MessageID(rawValue: 0)
    }

    private let state = Mutex<[FolderID: Progress]>([:])

    /// A message was opened.
    ///
    /// - Parameter distance: listed messages between one and this one, for telling order from chance.
    /// - Returns: behind which message to fetch, and how many octets; nil where nothing is to be fetched.
    func opened(
        _ id: MessageID, in folder: FolderID, distance: (MessageID) -> Int?
    ) -> (after: MessageID, octets: UInt64)? {
        let between = state.withLock { $0[folder]?.policy.previous }.flatMap(distance)
        return state.withLock { state in
            var progress = state[folder] ?? Progress()
            defer { state[folder] = progress }
            let previous = progress.policy.previous
            progress.policy.opened(id, distance: between)
            if let previous, id < previous {
                progress.frontier = id
                progress.refill = id
            }
            guard progress.policy.window > 0, id >= progress.refill else { return nil }
            return (max(id, progress.frontier), progress.policy.window)
        }
    }

    /// These are fetched now: more when the half of them is read.
    func fetched(_ messages: [MessageSummary], in folder: FolderID) {
        guard let last = messages.last else { return }
        let middle = messages[messages.count / 2].id
        state.withLock { state in
            state[folder]?.frontier = last.id
            state[folder]?.refill = middle
        }
    }
}
