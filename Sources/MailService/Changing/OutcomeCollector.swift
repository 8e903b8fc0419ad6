internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import Synchronization

/// Takes what the server says while a command changes messages.
final class OutcomeCollector: Sendable {
    private struct State {
        var copied: (UIDValidity, from: UIDSet, to: UIDSet)?
        var flags: [UID: Flags] = [:]
        var labels: [UID: Labels] = [:]
        var expunges = 0
        var vanished = UIDSet()
        var hasHeard = false
    }

    private let state = Mutex(State())
    private let set: UIDSet

    init(_ set: UIDSet) { self.set = set }

    /// Something was said of other messages too.
    var hasHeard: Bool { state.withLock { $0.hasHeard || $0.expunges > set.count } }

    func take(_ incoming: Incoming) -> Taken {
        state.withLock { state in
            switch incoming.response {
            case .status(let status):
                guard case .copyUID(let validity, let from, let to) = status.code else { return .passed }
                state.copied = (validity, from, to)
                return .taken
            case .fetch(let fetch):
                guard fetch.section == nil else { return .passed }
                if let uid = fetch.uid, set.contains(uid) {
                    if let flags = fetch.flags { state.flags[uid] = flags }
                    if let labels = fetch.gmailLabels { state.labels[uid] = Labels(wire: labels) }
                } else {
                    state.hasHeard = true
                }
                return .taken
            case .vanished(let uids, earlier: false):
                if !uids.subtracting(set).isEmpty { state.hasHeard = true }
                state.vanished.formUnion(uids.intersection(set))
                return .taken
            case .expunge:
                state.expunges += 1
                return .taken
            default: return .passed
            }
        }
    }

    func outcome(_ status: StatusResponse) -> ChangeExchange.Outcome {
        state.withLock { state in
            if case .copyUID(let validity, let from, let to) = status.code { state.copied = (validity, from, to) }
            var copied: (UIDValidity, [UID: UID])?
            if let (validity, from, to) = state.copied, from.count == to.count, from.subtracting(set).isEmpty {
                copied = (validity, Dictionary(zip(from, to)) { first, _ in first })
            }
            return ChangeExchange.Outcome(
                status: status, copied: copied, flags: state.flags, labels: state.labels,
                vanished: state.vanished, expunges: state.expunges)
        }
    }
}
