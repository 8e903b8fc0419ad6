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
    }

    private let state: Mutex<State>
    private let arrived: @Sendable (Arrival) -> Void

    /// - Parameters:
    ///   - isOpen: false until the mailbox is known to be the one that was asked for.
    ///   - arrived: called on the event loop.
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
            do {
                let (content, octets) = try sink.result()
                sort(wanted, content, octets: octets)
            } catch {
                arrived(.failed(wanted, ServiceError(error)))
            }
        case .inline, .copied:
            let bytes = incoming.withBytes(of: section.content) { [UInt8]($0) } ?? []
            sort(wanted, .bytes(bytes), octets: UInt64(bytes.count))
        }
        return .taken
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
