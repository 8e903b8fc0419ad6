internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Synchronization

/// Sorts the answers of one `UID FETCH … BODY.PEEK[]`: whole bodies of the announced length, and what needs a second look.
final class BodyReceiver: Sendable {
    enum Arrival: Sendable {
        case whole(WantedBody, ReceivedBody.Content)
        /// Another length than announced: a server that lies, or a message that is gone and was made up.
        case otherLength(WantedBody, ReceivedBody.Content, octets: UInt64)
        /// With another header than the message had when it was listed: perhaps of another folder of the same name.
        case otherHeader(WantedBody, ReceivedBody.Content)
        /// NIL, or nothing where something was announced: gone, never an empty file.
        case hollow(WantedBody)
        case failed(WantedBody, ServiceError)
    }

    private struct State {
        var wanted: [UID: WantedBody]
        var isOpen: Bool
        /// Long ones that have come and are not written yet.
        var unwritten = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let arrived: @Sendable (Arrival) -> Void

    /// - Parameters:
    ///   - isOpen: false until the mailbox is known to be the one that was asked for.
    ///   - arrived: called on the event loop, or on a thread that writes.
    init(_ wanted: [WantedBody], isOpen: Bool, arrived: @escaping @Sendable (Arrival) -> Void) {
        state = Mutex(
            State(
                wanted: Dictionary(wanted.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first }), isOpen: isOpen
            ))
        self.arrived = arrived
    }

    /// The mailbox is the right one: what comes may be believed.
    func open() { state.withLock { $0.isOpen = true } }

    /// What was asked for and has not come.
    var outstanding: [WantedBody] { state.withLock { Array($0.wanted.values) } }

    func take(_ incoming: Incoming) -> Taken {
        guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid, let section = fetch.section,
            section.part == .whole
        else { return .passed }
        let wanted = state.withLock { $0.isOpen ? $0.wanted.removeValue(forKey: uid) : nil }
        guard let wanted else { return .passed }
        switch section.content {
        case .absent:
            arrived(.hollow(wanted))
        case .streamed:
            guard let sink = incoming.streamed as? BodySink else {
                arrived(.failed(wanted, .unavailable("no room for the body")))
                break
            }
            state.withLock { $0.unwritten += 1 }
            sink.whenWritten { [self] result in
                switch result {
                case .success(let body): sort(wanted, body.content, octets: body.octets)
                case .failure(let error): arrived(.failed(wanted, ServiceError(error)))
                }
                wrote()
            }
        case .inline, .copied:
            let bytes = incoming.withBytes(of: section.content) { [UInt8]($0) } ?? []
            sort(wanted, .bytes(bytes), octets: UInt64(bytes.count))
        }
        return .taken
    }

    private func wrote() {
        let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.unwritten -= 1
            guard state.unwritten == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in released { continuation.resume() }
    }

    /// Returns when everything that has come was told of.
    func written() async {
        await withCheckedContinuation { continuation in
            let isWritten = state.withLock { state in
                if state.unwritten > 0 { state.waiting.append(continuation) }
                return state.unwritten == 0
            }
            if isWritten { continuation.resume() }
        }
    }

    private func sort(_ wanted: WantedBody, _ content: ReceivedBody.Content, octets: UInt64) {
        if octets == wanted.size {
            let isAlike = wanted.mark.map { $0 == BodyHeader.mark(content) } ?? true
            arrived(isAlike ? .whole(wanted, content) : .otherHeader(wanted, content))
        } else if octets == 0 {
            arrived(.hollow(wanted))
        } else {
            arrived(.otherLength(wanted, content, octets: octets))
        }
    }
}
