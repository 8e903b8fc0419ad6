internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

/// Fetches bodies of one folder over one connection and decides what each answer is worth.
struct BodyRetrieval: Sendable {
    let folder: Folder
    let uidValidity: UIDValidity
    let store: MailStore
    let queue: BodyQueue
    let logger: Logger
    let clock: ServiceClock
    /// Somebody waits for them.
    let isAwaited: Bool
    /// A whole body, ready to be kept.
    let finished: @Sendable (ReceivedBody) -> Void
    let failed: @Sendable (MessageID, ServiceError) -> Void
    /// The folder is not what was seen.
    /// The folder is to be listed; whether its UIDs are of other messages than they were.
    let moved: @Sendable (FolderID, _ isDoubted: Bool) -> Void

    /// What came with a doubt.
    final class Doubts: Sendable {
        let list = Mutex<[BodyReceiver.Arrival]>([])
    }

    struct Running: Sendable {
        let wanted: [WantedBody]
        let receiver: BodyReceiver
        let examine: RunningCommand?
        let selected: SelectionState
        let fetch: RunningCommand
        let doubts: Doubts
        let began: ServiceClock.Instant

        /// Octets announced.
        var octets: UInt64 { wanted.reduce(0) { sum, body in sum.addingReportingOverflow(body.size).partialValue } }
    }

    final class SelectionState: Sendable {
        let mailbox = Mutex(SelectedMailbox())
    }

    /// Sends the commands for some messages, at most a few hundred, without waiting for an answer.
    ///
    /// - Parameter isSelected: the connection has this folder selected in this epoch; else EXAMINE goes ahead in the same breath.
    func submit(_ wanted: [WantedBody], on connection: IMAPConnection, isSelected: Bool) -> Running {
        let began = clock.now
        let doubts = Doubts()
        let finished = finished
        let failed = failed
        let receiver = BodyReceiver(wanted, isOpen: isSelected) { arrival in
            switch arrival {
            case .whole(let body, let content): finished(ReceivedBody(id: body.id, content: content))
            case .failed(let body, let error): failed(body.id, error)
            case .otherLength, .otherHeader, .hollow: doubts.list.withLock { $0.append(arrival) }
            }
        }
        let selected = SelectionState()
        var examine: RunningCommand?
        if !isSelected {
            let expected = uidValidity
            examine = connection.submit(.examine(folder.rawName, .plain), literals: nil) { incoming in
                selected.mailbox.withLock { mailbox in
                    let taken = mailbox.take(incoming.response)
                    if mailbox.uidValidity == expected { receiver.open() }
                    return taken
                }
            }
        }
        let fetch = connection.submit(
            .uidFetch(.uids(UIDSet(wanted.map(\.uid))), [.uid, .body], changedSince: nil, vanished: false),
            literals: BodyLiterals(store: store, queue: queue, isAwaited: isAwaited)
        ) { receiver.take($0) }
        return Running(
            wanted: wanted, receiver: receiver, examine: examine, selected: selected, fetch: fetch, doubts: doubts,
            began: began)
    }

    /// Waits for the answers and settles every message that was wanted.
    func settle(_ running: Running, on connection: IMAPConnection) async throws {
        if let examine = running.examine {
            let status = try await examine.outcome()
            guard status.kind == .ok else {
                _ = try await outcome(of: running)
                fail(running.wanted, with: ServiceError(refusal: status))
                moved(folder.id, false)
                return
            }
            guard running.selected.mailbox.withLock({ $0.uidValidity ?? uidValidity }) == uidValidity else {
                _ = try await outcome(of: running)
                moved(folder.id, false)
                fail(running.wanted, with: .gone)
                return
            }
            running.receiver.open()
        }
        let status = try await outcome(of: running)
        var doubtful = running.doubts.list.withLock { $0 }
        let outstanding = running.receiver.outstanding
        if status.kind == .ok {
            doubtful += outstanding.map { .hollow($0) }
        } else if outstanding.count == 1, let body = outstanding.first {
            // `ServiceQuirk.refusesAbsentUID`
            if status.kind == .bad { gone(body) } else { failed(body.id, ServiceError(refusal: status)) }
        } else if outstanding.count > 1 {
            // One bad message may fail them all (HAZARD 57): halve until it is alone.
            let half = outstanding.count / 2
            for part in [Array(outstanding[..<half]), Array(outstanding[half...])] {
                try await settle(submit(part, on: connection, isSelected: true), on: connection)
            }
        }
        for doubt in doubtful { try await lookAgain(doubt, on: connection) }
    }

    /// The answer, once all that came before it is written.
    private func outcome(of running: Running) async throws -> StatusResponse {
        do {
            let status = try await running.fetch.outcome()
            await running.receiver.written()
            return status
        } catch {
            await running.receiver.written()
            throw error
        }
    }

    private func fail(_ wanted: [WantedBody], with error: ServiceError) {
        for body in wanted { failed(body.id, error) }
    }

    // MARK: - Doubts

    /// Asks whether the message is still there before its body is believed or given up.
    private func lookAgain(_ doubt: BodyReceiver.Arrival, on connection: IMAPConnection) async throws {
        switch doubt {
        case .whole, .failed: return
        case .otherHeader(let body, let content):
            try await requireEpoch(of: content, body, on: connection)
            logger.info("\(folder.displayName): UID \(body.uid) has another header than was announced")
            finished(ReceivedBody(id: body.id, content: content))
        case .otherLength(let body, let content, let octets):
            try await requireEpoch(of: content, body, on: connection)
            guard let header = try await currentHeader(of: body, on: connection) else { return gone(body) }
            guard BodyHeader.agrees(content, with: header) else {
                logger.notice("\(folder.displayName): UID \(body.uid) is not the message it was; listing again")
                moved(folder.id, true)
                return failed(body.id, .unavailable("another message came than was asked for"))
            }
            logger.info("\(folder.displayName): UID \(body.uid) has \(octets) octets, \(body.size) were announced")
            finished(ReceivedBody(id: body.id, content: content))
        case .hollow(let body):
            guard try await currentHeader(of: body, on: connection) != nil else { return gone(body) }
            if body.size == 0 { return finished(ReceivedBody(id: body.id, content: .bytes([]))) }
            let arrival = Mutex<BodyReceiver.Arrival?>(nil)
            let receiver = BodyReceiver([body], isOpen: true) { again in arrival.withLock { $0 = again } }
            _ = try await connection.perform(
                .uidFetch(.uids(UIDSet(body.uid)), [.uid, .body], changedSince: nil, vanished: false),
                literals: BodyLiterals(store: store, queue: queue, isAwaited: isAwaited)
            ) { receiver.take($0) }
            await receiver.written()
            switch arrival.withLock({ $0 }) {
            case .whole(_, let content), .otherLength(_, let content, _), .otherHeader(_, let content):
                try await requireEpoch(of: content, body, on: connection)
                finished(ReceivedBody(id: body.id, content: content))
            case .failed(_, let error): failed(body.id, error)
            case .hollow, nil: failed(body.id, .unavailable("the server gives no text for this message"))
            }
        }
    }

    /// Returns when a body with another header than was listed comes from the folder that was listed
    /// (`ServiceQuirk.readsRecreatedFolder`): opened anew, it has its UIDVALIDITY.
    ///
    /// - Throws: `gone`: nothing that is asked of this session is of that folder.
    private func requireEpoch(
        of content: ReceivedBody.Content, _ body: WantedBody, on connection: IMAPConnection
    ) async throws {
        guard let mark = body.mark, mark != BodyHeader.mark(content) else { return }
        let mailbox = try await Selection.examine(folder, plan: .plain, on: connection)
        guard mailbox.uidValidity != uidValidity else { return }
        moved(folder.id, false)
        throw ServiceError.gone
    }

    private func gone(_ body: WantedBody) {
        moved(folder.id, false)
        failed(body.id, .gone)
    }

    /// The header fields that the server shows for a UID now, after a NOOP let it notice what others did; nil if there is no such message.
    private func currentHeader(of body: WantedBody, on connection: IMAPConnection) async throws -> Header? {
        _ = try await connection.perform(.noop, literals: nil) { _ in .passed }
        let found = Mutex<[UInt8]?>(nil)
        let status = try await connection.perform(
            .uidFetch(
                .uids(UIDSet(body.uid)), [.uid, .size, .headerFields(MetadataCollector.headerFields)],
                changedSince: nil, vanished: false), literals: nil
        ) { incoming in
            guard case .fetch(let fetch) = incoming.response, fetch.uid == body.uid, let section = fetch.section,
                section.part == .header
            else { return .passed }
            found.withLock { $0 = incoming.withBytes(of: section.content) { [UInt8]($0) } ?? [] }
            return .taken
        }
        guard status.kind == .ok || status.kind == .no else { throw ServiceError(refusal: status) }
        return found.withLock { $0 }.map(Header.init)
    }
}
