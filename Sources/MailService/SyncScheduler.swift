internal import IMAPValue
internal import MailModel
internal import MailPool

/// Runs at most one synchronisation of a folder at a time, and one more after it when something was heard meanwhile.
actor SyncScheduler {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    /// Folders that are being synchronised, and who waits for the end of that.
    private var running: [FolderID: [Int: Waiter]] = [:]
    private var lastWaiter = 0
    /// When the last synchronisation that succeeded began: nothing was asked of the server before.
    private var succeeded: [FolderID: ServiceClock.Instant] = [:]
    private var heardMeanwhile: Set<FolderID> = []
    private let synchronise: @Sendable (FolderID, Lane) async throws -> Void
    private let clock: ServiceClock

    init(clock: ServiceClock, synchronise: @escaping @Sendable (FolderID, Lane) async throws -> Void) {
        self.clock = clock
        self.synchronise = synchronise
    }

    /// Returns when the folder is as the server had it at this moment, or that of the call, or later.
    ///
    /// - Throws: what the synchronisation throws; `CancellationError` as soon as the task is cancelled. Nothing is left of the wait then,
    ///   and the synchronisation goes on for others.
    func bringUpToDate(_ folder: FolderID, lane: Lane, since moment: ServiceClock.Instant? = nil) async throws {
        let moment = moment ?? clock.now
        if running[folder] != nil {
            // It may have asked the server before.
            _ = try? await ended(folder)
            try Task.checkCancellation()
            if running[folder] != nil { return try await ended(folder) }
        }
        if let last = succeeded[folder], last >= moment { return }
        try Task.checkCancellation()
        start(folder, lane: lane)
        try await ended(folder)
    }

    /// Returns when a listing that was under way, or a new one, has ended.
    ///
    /// - Throws: as `bringUpToDate`.
    func join(_ folder: FolderID, lane: Lane) async throws {
        try Task.checkCancellation()
        if running[folder] == nil { start(folder, lane: lane) }
        try await ended(folder)
    }

    /// Something was heard of the folder: synchronise it soon.
    func heard(of folder: FolderID) {
        if running[folder] != nil {
            heardMeanwhile.insert(folder)
        } else {
            start(folder, lane: .watching)
        }
    }

    /// Returns when nothing runs that ran at this call, nor what followed it; or the task is cancelled.
    func rest() async {
        while let folder = running.keys.first, !Task.isCancelled { _ = try? await ended(folder) }
    }

    /// Who waits for the end of a synchronisation.
    var waiterCount: Int { running.values.reduce(0) { $0 + $1.count } }

    private func start(_ folder: FolderID, lane: Lane) {
        let now = clock.now
        running[folder] = [:]
        Task {
            do {
                try await synchronise(folder, lane)
                succeeded[folder] = now
                end(folder, .success(()))
            } catch {
                end(folder, .failure(error))
            }
        }
    }

    private func end(_ folder: FolderID, _ result: Result<Void, any Error>) {
        let waiters = running.removeValue(forKey: folder) ?? [:]
        if heardMeanwhile.remove(folder) != nil { start(folder, lane: .watching) }
        for waiter in waiters.values { waiter.resume(with: result) }
    }

    /// Returns when the synchronisation that runs has ended.
    private func ended(_ folder: FolderID) async throws {
        lastWaiter += 1
        let number = lastWaiter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Whoever cancels before this is waited for comes after it.
                running[folder, default: [:]][number] = continuation
            }
        } onCancel: {
            Task { await leave(folder, number) }
        }
    }

    private func leave(_ folder: FolderID, _ number: Int) {
        running[folder]?.removeValue(forKey: number)?.resume(throwing: CancellationError())
    }
}
