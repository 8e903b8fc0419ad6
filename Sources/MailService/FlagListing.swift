internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailModel
internal import Synchronization

/// UIDs and flags as they arrive from `UID FETCH … (UID FLAGS)`, compactly: most mailboxes have a few different sets of flags, and at Gmail
/// of labels.
final class FlagListing: Sendable {
    private struct State {
        var entries: [(uid: UInt32, flags: UInt32)] = []
        /// In the order in which they were told.
        var labelled: [(uid: UID, labels: UInt32)] = []
        var labelSets: [Labels] = []
        var labelNumbers: [[[UInt8]]: UInt32] = [:]
        var flagSets: [Flags] = []
        var numbers: [Flags: UInt32] = [:]
        /// Of all keywords of the sets, and of all labels.
        var octets = 0
        var labelOctets = 0
        var isTooMany = false

        mutating func take(_ raw: [[UInt8]]?, of uid: UID) {
            guard let raw else { return }
            let number: UInt32
            if let known = labelNumbers[raw] {
                number = known
            } else {
                let told = raw.reduce(0) { $0 + $1.count + 32 }
                // Labels are no part of what makes a listing whole: those beyond the bounds stay as they were known.
                guard labelSets.count < FlagListing.mostSets, labelOctets + told <= FlagListing.mostOctets else {
                    return
                }
                labelOctets += told
                number = UInt32(clamping: labelSets.count)
                labelSets.append(Labels(wire: raw))
                labelNumbers[raw] = number
            }
            labelled.append((uid, number))
        }
    }

    /// Sets of flags that a mailbox can have, and octets of their names: a hostile server has a new one for each message.
    private static let mostSets = 100_000
    private static let mostOctets = 4 << 20

    private let state = Mutex(State())
    private let lowest: UID

    /// - Parameter lowest: answers for UIDs below are not ours (`n:*` always names the last message).
    init(lowest: UID) { self.lowest = lowest }

    /// What is asked of each message.
    static func items(for capabilities: Capabilities) -> [FetchItem] {
        capabilities.has(.gmail) ? [.uid, .flags, .gmailLabels] : [.uid, .flags]
    }

    func take(_ incoming: Incoming) -> Taken {
        guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid, let flags = fetch.flags,
            fetch.section == nil
        else { return .passed }
        guard uid >= lowest else { return .taken }
        state.withLock { state in
            state.take(fetch.gmailLabels, of: uid)
            let number: UInt32
            if let known = state.numbers[flags] {
                number = known
            } else {
                let octets = flags.keywords.reduce(0) { $0 + $1.utf8.count + 32 }
                guard state.flagSets.count < Self.mostSets, state.octets + octets <= Self.mostOctets else {
                    state.isTooMany = true
                    return
                }
                state.octets += octets
                number = UInt32(clamping: state.flagSets.count)
                state.flagSets.append(flags)
                state.numbers[flags] = number
            }
            state.entries.append((uid.rawValue, number))
        }
        return .taken
    }

    /// The labels that were told, in the order in which they were; none where the server is not Gmail.
    func labels() -> [(UID, Labels)] {
        state.withLock { state in
            state.labelled.compactMap { uid, number in
                state.labelSets.indices.contains(Int(number)) ? (uid, state.labelSets[Int(number)]) : nil
            }
        }
    }

    /// Ascending by UID, the latest word on each message.
    ///
    /// - Throws: `unavailable` where there are too many different sets of flags to be kept.
    func listed() throws -> [(uid: UID, flags: Flags)] {
        try state.withLock { state in
            guard !state.isTooMany else {
                throw ServiceError.unavailable("the messages have too many different flags")
            }
            var result: [(uid: UID, flags: Flags)] = []
            result.reserveCapacity(state.entries.count)
            var entries = state.entries
            if !zip(entries, entries.dropFirst()).allSatisfy({ $0.uid < $1.uid }) {
                entries = entries.enumerated()
                    .sorted { ($0.element.uid, $0.offset) < ($1.element.uid, $1.offset) }.map(\.element)
            }
            for entry in entries {
                guard let uid = UID(entry.uid), Int(entry.flags) < state.flagSets.count else { continue }
                if result.last?.uid == uid { result.removeLast() }
                result.append((uid, state.flagSets[Int(entry.flags)]))
            }
            return result
        }
    }
}
