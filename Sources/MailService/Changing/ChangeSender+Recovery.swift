internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailStore
internal import MailSync

// What was sent and not answered: the server tells what became of it.
extension ChangeSender {
    /// Returns when nothing is in doubt any more, but what cannot be looked into now.
    func recover(at moment: Duration) async throws {
        var sent = journal.unanswered.filter { !fates[$0].isPaused(at: moment) }
        guard !sent.isEmpty else { return }
        logger.info("\(sent.count) changes were sent without an answer: looking what became of them")
        if sent.contains(where: { $0.change.folder != nil }) { try await steward.listNow() }
        var unlisted: Set<FolderID> = []
        for id in try concerned(by: sent).sorted() {
            do {
                try await scheduler.bringUpToDate(id, lane: .changing)
            } catch let error as ServiceError {
                switch error {
                case .gone, .noSuchFolder: continue
                case .accessDenied, .unavailable: unlisted.insert(id)
                default: throw error
                }
            }
        }
        // The UIDs of a folder may be others than when something was sent there.
        let known = Set(sent.map(\.id))
        sent = journal.unanswered.filter { known.contains($0.id) }
        let store = journal.store
        var arrivals = Arrivals(of: sent) {
            try store.cursor($0)?.uidValidity
        } load: {
            try store.arrivals(in: $0, from: $1)
        }
        let likenesses = try Likenesses(of: sent, in: store)
        var areListed = false
        for operation in sent where try isKnown(operation) {
            if let target = operation.change.target?.folder, unlisted.contains(target) {
                // What came there is not known: sent again, it could be there twice.
                try postpone(operation) { $0.unlisted(at: moment) }
            } else {
                try await recover(operation, &arrivals, likenesses, &areListed, at: moment)
            }
        }
        if sent.contains(where: { $0.change.folder != nil }) { await steward.foldersChanged() }
    }

    private func concerned(by operations: [Operation]) throws -> Set<FolderID> {
        var folders = Set(operations.compactMap { $0.change.target?.folder })
        for origin in operations.compactMap(\.change.origin) {
            if let home = try journal.home(of: origin) { folders.insert(home) }
        }
        return folders.filter { facts.folder($0)?.isSynchronised == true }
    }

    /// False where the folder of its message could not be listed since the loss of the cache: nothing says that it is gone.
    private func isKnown(_ operation: Operation) throws -> Bool {
        guard let origin = operation.change.origin, try journal.store.message(origin) == nil,
            let home = try journal.store.placeGiven(to: origin)?.folder
        else { return true }
        return facts.folder(home)?.isSynchronised != true || facts.isListed(home)
    }

    /// It stays sent and is looked for later, or has failed.
    private func postpone(_ operation: Operation, _ happened: (inout Fate) -> Void) throws {
        switch fates.change(operation, happened) {
        case .failed(let failure): try fail(operation, failure)
        case .paused(let end) where end - clock.elapsed > Self.longestSilentLook:
            // Whoever waits for it has waited long enough.
            journal.waiting.stall(.timedOut, only: [operation.id])
        default: break
        }
    }

    private static let longestSilentLook = Duration.seconds(7)

    private func recover(
        _ operation: Operation, _ arrivals: inout Arrivals, _ likenesses: Likenesses, _ areListed: inout Bool,
        at moment: Duration
    ) async throws {
        var bodies: [UID: Recovery.Arrival.Body] = [:]
        if let uid = try await equal(to: operation, &arrivals) { bodies[uid] = .equal }
        var texts = Recovery.Evidence.Texts.needless
        if let alike = try alike(to: operation, likenesses) {
            texts = try await compare(alike, with: operation, &bodies, &arrivals)
        }
        while true {
            guard journal.state(of: operation.id) == .sent else { return }
            if journal.isConfirmed(operation) { fates.change(operation) { $0.confirmed() } }
            var evidence = try evidence(for: operation, bodies, &arrivals)
            evidence.texts = texts
            let decision = Recovery(operation, evidence)
            switch decision {
            case .compareBody(let uids):
                for uid in uids {
                    let found = try operation.change.target.flatMap { try arrivals.message(uid, in: $0.folder) }
                    bodies[uid] = try await compare(found, with: operation, &arrivals)
                }
                continue
            case .done(let uid):
                let isEqual = uid.map { bodies[$0] == .equal } ?? false
                try finish(operation, uid, isEqual: isEqual, &arrivals, at: moment)
            case .doneHalf(let uid):
                guard let validity = try epoch(of: operation) else { return try again(operation, at: moment) }
                try settle([Settlement(operation.id, .movedByCopy(validity, uid))], of: [operation])
            case .again, .unseen:
                switch try await elsewhere(operation, &arrivals, areListed: &areListed) {
                case .taken(let message): try settle(operation, takenAs: message)
                case .hidden: try postpone(operation) { $0.unlisted(at: moment) }
                case .nowhere where decision == .unseen: try postpone(operation) { $0.unseen(at: moment) }
                case .nowhere: try again(operation, at: moment)
                }
            case .gone: try lost(operation)
            case .unknowable:
                let text = "a message with its Message-ID and Date is there, and whether it is this one cannot be told"
                try fail(operation, ChangeFailure(kind: .refused, text: text))
            }
            return
        }
    }

    /// It is sent again, now or when its pause is over, or never will be.
    private func again(_ operation: Operation, at moment: Duration) throws {
        try journal.setWaiting([operation.id])
        let claim = fates[operation].claim
        switch fates.change(operation, { $0.lost(at: moment) }) {
        case .failed(let failure):
            if claim == .copied { distrustCopies(in: operation.change.target.flatMap { facts.folder($0.folder) }) }
            try give(up: [operation], failure)
        case .paused(let end) where end - clock.elapsed > Self.longestSilentLook:
            journal.waiting.stall(.timedOut, only: [operation.id])
        default: break
        }
    }

    private func lost(_ operation: Operation) throws {
        try journal.setWaiting([operation.id])
        try give(up: [operation], ChangeFailure(kind: .gone, text: Fate.gone))
    }

    private func epoch(of operation: Operation) throws -> UIDValidity? {
        try operation.change.target.flatMap { try journal.store.cursor($0.folder)?.uidValidity }
    }

    /// - Parameter isEqual: of an upload: the message has its bytes.
    private func finish(
        _ operation: Operation, _ uid: UID?, isEqual: Bool, _ arrivals: inout Arrivals, at moment: Duration
    ) throws {
        let outcome: Settlement.Outcome
        switch operation.change {
        case .move:
            guard let validity = try epoch(of: operation) else { return try again(operation, at: moment) }
            outcome = .moved(validity, uid)
        case .copy:
            guard let validity = try epoch(of: operation) else { return try again(operation, at: moment) }
            outcome = .copied(validity, uid)
        case .append(_, let target, _, _):
            guard let validity = try epoch(of: operation), let uid,
                let message = try arrivals.message(uid, in: target)?.metadata
            else { return try again(operation, at: moment) }
            outcome = .appended(validity, uid, message, body: isEqual)
        case .createFolder, .deleteFolder, .renameFolder: outcome = .folder
        case .delete, .expunge, .flags, .labels:
            // The message is gone, and with it what was to be done; or its flags and labels are listed as they are to be.
            return try journal.changing { try journal.remove([operation.id]) }
        }
        try settle([Settlement(operation.id, outcome)], of: [operation])
    }
}
