internal import IMAPClient
internal import IMAPCodec
internal import IMAPProtocol
internal import IMAPValue
internal import MailModel
internal import MailPool
internal import MailSync
internal import Synchronization

/// The commands that change mail, over one connection.
final class ChangeExchange: Sendable {
    /// How a command on some messages ended.
    struct Outcome {
        var status: StatusResponse
        /// What became of which message, where the server told in a way that can be understood.
        var copied: (UIDValidity, [UID: UID])?
        /// Flags of messages, as the server told them meanwhile.
        var flags: [UID: Flags] = [:]
        /// Likewise.
        var labels: [UID: Labels] = [:]
        /// Messages of the set that were told to be gone (RFC 7162 section 3.2.10), or how many were (RFC 3501 section 7.4.1).
        var vanished = UIDSet()
        var expunges = 0

        /// Whether the server told of a message where it is now, and that it is not where it was.
        func hasMoved(_ uid: UID) -> Bool {
            guard let copied = copied?.1, copied[uid] != nil else { return false }
            return vanished.contains(uid) || expunges >= copied.count
        }
    }

    let connection: IMAPConnection
    private let state: Mutex<State>

    private struct State {
        var selected: SelectedFolder?
        var hasChanged = false
        var hasHeard = false
        var isRefusingAll = false
    }

    init(_ lease: ConnectionPool.Lease) {
        connection = lease.connection
        state = Mutex(State(selected: lease.selected))
    }

    private(set) var selected: SelectedFolder? {
        get { state.withLock { $0.selected } }
        set { state.withLock { $0.selected = newValue } }
    }

    /// Something may have been changed: the same is not to be done again without looking.
    var hasChanged: Bool {
        get { state.withLock { $0.hasChanged } }
        set { state.withLock { $0.hasChanged = newValue } }
    }

    /// Something was said that this exchange did not cause.
    var hasHeard: Bool { state.withLock { $0.hasHeard } }

    /// The server refuses whatever is asked over this connection.
    var isRefusingAll: Bool { state.withLock { $0.isRefusingAll } }

    var capabilities: Capabilities { connection.capabilities }

    /// What a NO or BAD means where it says nothing that a program understands: when a NOOP is refused as well it is not about what was
    /// asked, and is told as `UNAVAILABLE`. Called when no other command is under way.
    func judged(_ status: StatusResponse) async throws -> StatusResponse {
        guard status.isUnexplained else { return status }
        if !isRefusingAll {
            let noop = try await connection.perform(.noop) { _ in .passed }
            if noop.kind == .ok { return status }
            state.withLock { $0.isRefusingAll = true }
        }
        var status = status
        status.code = .unavailable
        return status
    }

    // MARK: - Looking

    /// Opens a folder for changes, unless it is open so.
    ///
    /// - Parameters:
    ///   - epoch: of the UIDs that will be sent.
    ///   - toWrite: false where its messages are only copied.
    /// - Throws: `ChangeObstacle`.
    func select(_ folder: Folder, epoch: UIDValidity, toWrite: Bool) async throws {
        if let selected, selected.isOpen(folder.id, epoch), selected.isWritable || !toWrite { return }
        selected = nil
        let collected = Mutex(SelectedMailbox())
        let status = try await connection.perform(.select(folder.rawName, .plain)) { incoming in
            collected.withLock { $0.take(incoming.response) }
        }
        guard status.kind == .ok else { throw ChangeObstacle.refused(try await judged(status)) }
        let mailbox = collected.withLock { $0 }
        let isReadOnly = status.code == .readOnly
        guard mailbox.uidsAreSticky, let validity = mailbox.uidValidity else { throw ChangeObstacle.readOnly }
        selected = SelectedFolder(
            folder: folder.id, uidValidity: validity, isWritable: !isReadOnly, permanentFlags: mailbox.permanentFlags)
        if isReadOnly, toWrite { throw ChangeObstacle.readOnly }
        guard validity == epoch else { throw ChangeObstacle.epochChanged }
    }

    /// Where the folder is selected read-only, it is so no more (`ServiceQuirk.refusesSelectedFolder`). Whether it can be written to, the
    /// command that follows says.
    func openForArrivals(_ folder: Folder) async throws {
        guard let open = selected, open.folder == folder.id, !open.isWritable, !capabilities.has(.unselect) else {
            return
        }
        selected = nil
        let collected = Mutex(SelectedMailbox())
        let status = try await connection.perform(.select(folder.rawName, .plain)) { incoming in
            collected.withLock { $0.take(incoming.response) }
        }
        guard status.kind == .ok else { return }
        let mailbox = collected.withLock { $0 }
        selected = SelectedFolder(
            folder: folder.id, uidValidity: mailbox.uidValidity, isWritable: status.code != .readOnly,
            permanentFlags: mailbox.permanentFlags)
    }

    /// Opens a folder to look at what came there.
    func examine(_ folder: Folder) async throws -> UIDValidity? {
        if let selected, selected.folder == folder.id, let validity = selected.uidValidity {
            // What came since is told now.
            _ = try await connection.perform(.noop) { incoming in
                switch incoming.response {
                // Of other folders NOTIFY tells with any command.
                case .mailboxStatus, .list: .passed
                default: .taken
                }
            }
            return validity
        }
        selected = nil
        let mailbox = try await Selection.examine(folder, plan: .plain, on: connection)
        selected = SelectedFolder(folder: folder.id, uidValidity: mailbox.uidValidity)
        return mailbox.uidValidity
    }

    /// Whether the folder holds messages, as a session that opens it finds. STATUS may be a moment behind another session's expunge
    /// (`ServiceQuirk.countsExpungedMail`).
    func hasMessages(_ folder: Folder) async throws -> Bool {
        selected = nil
        let mailbox = try await Selection.examine(folder, plan: .plain, on: connection)
        selected = SelectedFolder(folder: folder.id, uidValidity: mailbox.uidValidity)
        return mailbox.exists > 0
    }

    /// None of these folders is selected then, so that they can be renamed or deleted (`ServiceQuirk.refusesSelectedFolder`).
    ///
    /// - Parameter inbox: selected instead where the server cannot do without a folder.
    func leave(_ folders: [FolderID], for inbox: Folder?) async throws {
        guard let selected, folders.contains(selected.folder) else { return }
        if capabilities.has(.unselect) {
            self.selected = nil
            _ = try await connection.perform(.unselect) { _ in .passed }
        } else if let inbox {
            _ = try await examine(inbox)
        }
    }

    /// What the server says now of messages of the selected folder.
    func look(at set: FetchSet, now: Int64) async throws -> [UID: MessageMetadata] {
        var asked: UIDSet?
        var lowest = UID.min
        switch set {
        case .uids(let uids): asked = uids
        case .from(let uid): lowest = uid
        case .last: break
        }
        var found: [UID: MessageMetadata] = [:]
        let parts = asked?.chunks(count: 1_000, bytes: Self.setBytes).map(FetchSet.uids) ?? [set]
        for part in parts {
            let (status, messages) = try await metadata(of: part, asked: asked, lowest: lowest, now: now)
            for message in messages { found[message.uid] = message }
            if status.kind == .ok { continue }
            // BAD and NO for a UID that is not there, whatever else was asked for: `ServiceQuirk.refusesAbsentUID`.
            guard case .uids(let uids) = part, case let present = uids.intersection(try await listed()),
                present.count < uids.count
            else { throw ChangeObstacle.refused(try await judged(status)) }
            if present.isEmpty { continue }
            let (second, rest) = try await metadata(of: .uids(present), asked: present, lowest: .min, now: now)
            guard second.kind == .ok else { throw ChangeObstacle.refused(try await judged(second)) }
            for message in rest { found[message.uid] = message }
        }
        return found
    }

    private func metadata(
        of set: FetchSet, asked: UIDSet?, lowest: UID, now: Int64
    ) async throws -> (StatusResponse, [MessageMetadata]) {
        let collector = MetadataCollector(asked: asked, lowest: lowest, now: now)
        let status = try await connection.perform(
            .uidFetch(set, MetadataCollector.items(for: capabilities), changedSince: nil, vanished: false)
        ) { incoming in
            if case .taken = collector.take(incoming) { return .taken }
            // `ServiceQuirk`: what others did is told with any command; a sync follows it.
            return .passed
        }
        return (status, collector.drain() + (try await collector.describe(UIDSet(), on: connection)))
    }

    /// The UIDs of the selected folder.
    private func listed() async throws -> UIDSet {
        let listing = FlagListing(lowest: .min)
        let status = try await connection.perform(
            .uidFetch(.from(.min), [.uid, .flags], changedSince: nil, vanished: false)
        ) { listing.take($0) }
        guard status.kind == .ok else { throw ChangeObstacle.refused(try await judged(status)) }
        return UIDSet(try listing.listed().map(\.uid))
    }

    /// Whether the server says that these flags last in the folder that is open. A list without any is not believed: some servers leave it
    /// empty, and say what became of a flag when it is looked at.
    func keeps(_ flags: Flags) -> Bool {
        guard let permanent = selected?.permanentFlags, permanent.flags != Flags() || permanent.allowsNew else {
            return true
        }
        return permanent.keeps(flags)
    }

    /// The flags of messages of the selected folder.
    ///
    /// - Parameter told: those that are known already.
    func flags(of uids: UIDSet, told: [UID: Flags]) async throws -> [UID: Flags] {
        let untold = uids.subtracting(UIDSet(told.keys))
        guard !untold.isEmpty else { return told }
        var flags = told
        let listing = FlagListing(lowest: .min)
        for part in Self.parts(of: untold) {
            let status = try await connection.perform(
                .uidFetch(.uids(part), [.uid, .flags], changedSince: nil, vanished: false)
            ) { listing.take($0) }
            // What cannot be looked at is as it was said.
            guard status.kind == .ok else { return flags }
        }
        for one in try listing.listed() where untold.contains(one.uid) { flags[one.uid] = one.flags }
        return flags
    }

    func status(of folder: Folder, _ items: [StatusItem]) async throws -> MailboxStatus? {
        let found = Mutex<MailboxStatus?>(nil)
        let status = try await connection.perform(.status(folder.rawName, items)) { incoming in
            // On the only connection NOTIFY tells of other folders meanwhile.
            guard case .mailboxStatus(let status) = incoming.response,
                StatusPoll.isAnswer(status, to: folder.rawName)
            else { return .passed }
            found.withLock { $0 = status }
            return .taken
        }
        guard status.kind == .ok else { throw ChangeObstacle.refused(try await judged(status)) }
        return found.withLock { $0 }
    }

    // MARK: - Changing

    /// Octets of one set of UIDs.
    static let setBytes = 4_000

    /// The sets for one command each: long runs of UIDs go together, scattered ones by the hundred (HAZARD 30).
    static func parts(of uids: UIDSet) -> [UIDSet] {
        uids.chunks(count: uids.ranges.count <= 100 ? 1_000 : 100, bytes: setBytes)
    }

    /// Sends the same for several sets without waiting between them.
    func perform(_ sets: [UIDSet], _ command: @Sendable (UIDSet) -> Command) async throws -> [(UIDSet, Outcome)] {
        var running: [(set: UIDSet, command: RunningCommand, collector: OutcomeCollector)] = []
        for set in sets {
            let collector = OutcomeCollector(set)
            running.append((set, connection.submit(command(set)) { collector.take($0) }, collector))
        }
        var outcomes: [(UIDSet, Outcome)] = []
        for part in running {
            let status = try await part.command.outcome()
            outcomes.append((part.set, part.collector.outcome(status)))
            if part.collector.hasHeard { state.withLock { $0.hasHeard = true } }
        }
        for index in outcomes.indices { outcomes[index].1.status = try await judged(outcomes[index].1.status) }
        return outcomes
    }

    /// A command on a folder.
    func perform(_ command: Command) async throws -> StatusResponse {
        try await judged(try await connection.perform(command) { _ in .passed })
    }

    /// Several commands whose answers matter little, in one breath.
    func performAll(_ commands: [Command]) async throws {
        let running = commands.map { connection.submit($0) { _ in .passed } }
        for command in running {
            do {
                _ = try await command.outcome()
            } catch let error as IMAPClientError {
                throw error
            } catch {
                // A name that cannot be sent costs its own command only.
            }
        }
    }
}
