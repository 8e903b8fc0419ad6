internal import IMAPValue
internal import MailModel
internal import MailPool

/// Runs at most one synchronisation of a folder at a time, and one more after it when something was heard meanwhile.
actor SyncScheduler {
    private var running: [FolderID: Task<Void, any Error>] = [:]
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
    func bringUpToDate(_ folder: FolderID, lane: Lane, since moment: ServiceClock.Instant? = nil) async throws {
        let moment = moment ?? clock.now
        if let current = running[folder] {
            // It may have asked the server before.
            _ = try? await current.value
            if let next = running[folder] { return try await next.value }
        }
        if let last = succeeded[folder], last >= moment { return }
        try await start(folder, lane: lane).value
    }

    /// Returns when a listing that was under way, or a new one, has ended.
    func join(_ folder: FolderID, lane: Lane) async throws {
        if let current = running[folder] { return try await current.value }
        try await start(folder, lane: lane).value
    }

    /// Something was heard of the folder: synchronise it soon.
    func heard(of folder: FolderID) {
        if running[folder] != nil {
            heardMeanwhile.insert(folder)
        } else {
            _ = start(folder, lane: .watching)
        }
    }

    /// Returns when nothing runs that ran at this call, nor what followed it.
    func rest() async {
        while let task = running.values.first { _ = try? await task.value }
    }

    private func start(_ folder: FolderID, lane: Lane) -> Task<Void, any Error> {
        let now = clock.now
        let task = Task {
            defer { ended(folder) }
            try await synchronise(folder, lane)
            succeeded[folder] = now
        }
        running[folder] = task
        return task
    }

    private func ended(_ folder: FolderID) {
        running[folder] = nil
        if heardMeanwhile.remove(folder) != nil { _ = start(folder, lane: .watching) }
    }
}
