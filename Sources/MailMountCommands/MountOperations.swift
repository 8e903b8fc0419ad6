internal import MailModel
internal import MailQuery
internal import MailService

/// What can be asked of a running mount.
struct MountOperations: Sendable {
    let service: MailService
    let events: MailEvents
    let mountpoint: String
    /// `exact` or `fast`.
    let mode: @Sendable () -> String
    /// Returns when files that were closed count as closed, at the latest after so many seconds; of how many that is not known then.
    let settle: @Sendable (_ seconds: Double) async -> Int
    let unmount: @Sendable () -> Void
    /// Nothing is changed through it.
    let isReadOnly: Bool
    /// Where what is done to messages is written down.
    let audit: AuditLog?

    /// - Parameter tell: what is to be said before the last answer.
    /// - Returns: the last answer; nil where there is none.
    /// - Throws: `ServiceError`, `Failure`, and what `tell` throws to whoever goes on telling.
    func perform(
        _ request: ControlRequest, tell: @escaping @Sendable (ControlReply) throws -> Void
    ) async throws -> ControlReply? {
        switch request.operation {
        case .retry, .discard, .release, .undelete:
            if isReadOnly {
                throw Failure("\(mountpoint) is mounted with --read-only: mount it without, to change anything")
            }
        case .status, .sync, .unmount, .watch, .search: break
        }
        let unsettled =
            switch request.operation {
            case .status: await settle(2)
            case .sync, .unmount: await settle(15)
            case .retry, .discard, .release, .undelete, .watch, .search: 0
            }
        switch request.operation {
        case .status: return .status(MountStatus(try await service.status(), mountpoint: mountpoint, mode: mode()))
        case .sync:
            if unsettled > 0 {
                throw Failure(
                    "it cannot be told whether \(unsettled) files that were written are closed: run sync again in a moment"
                )
            }
            try await service.synchronise(paths: request.folders, bodies: request.bodies) { done, total in
                try? tell(.progress(done: done, total: total))
            }
            return .synchronised(
                waiting: service.pendingChanges, blocked: service.blockedChanges.count,
                refused: service.failedChanges.count { $0.isBelow(request.folders) && !$0.isShown },
                failed: service.failedChanges.count { $0.isBelow(request.folders) && $0.isShown },
                interrupted: service.interruptedChanges.count { $0.isBelow(request.folders) },
                held: service.heldCount)
        case .unmount:
            let waiting = await service.drain(until: .now + .seconds(min(max(0, request.patience), 31_536_000)))
            return .unmounting(
                waiting: waiting + unsettled, blocked: service.blockedChanges.count, held: service.heldCount)
        case .retry:
            let chosen = try chosen(request.changes, among: service.failedChanges + service.interruptedChanges)
            let sent = Set(try service.retry(chosen.map(\.id)))
            if let left = chosen.first, sent.isEmpty, !request.changes.isEmpty {
                throw Failure("\(left.path) is not sent: \(left.error)")
            }
            return .changes(chosen.filter { sent.contains($0.id) }.map(MountStatus.Failed.init))
        case .discard:
            let chosen = try chosen(
                request.changes,
                among: service.failedChanges + service.interruptedChanges + service.heldChanges)
            try service.discard(chosen.map(\.id))
            return .changes(chosen.map(MountStatus.Failed.init))
        case .release:
            let chosen = try chosen(request.changes, among: service.heldChanges)
            try service.release(chosen.map(\.id))
            return .changes(chosen.map(MountStatus.Failed.init))
        case .watch:
            for await arrival in events.arrivals() { try tell(.arrived(arrival)) }
            return nil
        case .search:
            let text = request.query ?? ""
            let query: Query
            do throws(QueryError) {
                query = try service.query(text)
            } catch {
                return .meaningless(SearchCommand.mark(error, in: text))
            }
            if request.explains == true { return .searched(unsearched: 0, reason: nil) }
            let result = try await service.search(query)
            for start in stride(from: 0, to: result.paths.count, by: 1_000) {
                try tell(.found(Array(result.paths[start..<min(start + 1_000, result.paths.count)])))
            }
            return .searched(unsearched: result.unsearched, reason: result.reason)
        case .undelete:
            let restoration = try await service.restore(request.pattern)
            return .restored(restoration.back, waiting: restoration.waiting, lost: restoration.lost)
        }
    }

    /// The changes of these numbers, all where none is named.
    ///
    /// - Throws: `ServiceError.noSuchChange`.
    private func chosen(_ numbers: [Int64], among changes: [FailedChange]) throws -> [FailedChange] {
        guard !numbers.isEmpty else { return changes }
        let known = Dictionary(changes.map { ($0.id.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
        return try Array(Set(numbers)).sorted().map { number in
            guard let change = known[number] else {
                throw ServiceError.noSuchChange(number)
            }
            return change
        }
    }
}

extension FailedChange {
    /// Whether the mount shows it, and the server has it not: the file of an upload stays, and all else is undone here.
    var isShown: Bool { operation == "upload" }

    /// Whether it is about one of these folders of the mount, or something in them; about anything where none is named.
    func isBelow(_ folders: [String]) -> Bool {
        folders.isEmpty || folders.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}
