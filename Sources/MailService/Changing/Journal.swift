internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

/// What was changed here and is not on the server yet, and what the mount shows because of it. It needs no server: what is to be sent
/// is told to `news`, what is shown to the observer.
///
/// Lock order, outermost first: `changes`, held while a change is made here; the store's writer, with the closures that it calls; then
/// one of `view` and the small ones, which are never held across a call into the store or the observer, nor two of them at once, but
/// that the facts may be asked under `view`.
final class Journal: Sendable {
    let configuration: ServiceConfiguration
    let logger: Logger
    let store: MailStore
    let facts: AccountFacts
    let news: ServiceNews
    /// Seconds since 1970.
    let now: @Sendable () -> Int64
    /// For deletions that can be taken back.
    let deletionClock: DeletionClock
    /// What was deleted in the last minute.
    let deletions: Mutex<DeletionLimit>
    let view = Mutex(AccountView())
    /// Held by whoever makes a change: one is made after the other.
    let changes = Mutex(())
    /// Changes that are being made, or wait for those; and how many have been.
    let changesUnderWay = Atomic<Int>(0)
    let changesMade = Atomic<Int>(0)
    let waiting: Verdicts
    /// Queries that somebody keeps.
    private let savedSearches: Mutex<[String]>
    /// What the index of words lacks.
    let searchBacklog = SearchBacklog()
    /// Moves by copy: what they became deletes an original, which nobody can bring back.
    let originals = Mutex<[OperationID: CopiedMove]>([:])
    /// Uploads that the server said to have, and that were not seen: by how often they had been sent then.
    let confirmed = Mutex<[OperationID: Int]>([:])
    /// What was moved to the folder for deleted mail and can be taken back.
    let trashed = Mutex<[MessageID: TrashedMessage]>([:])
    /// What was deleted before the server had it and can be taken back.
    let deletedFiles = Mutex<[MessageID: DeletedFile]>([:])
    /// Operations whose callers were told that nobody knows what became of them.
    let unknown = Mutex<Set<OperationID>>([])
    /// What is not on the disk for certain.
    let unsynced: UnsyncedUploads
    /// Files whose close could not be recorded.
    let late = Mutex<[MessageID: LateFile]>([:])
    private let watchedBy = Mutex<(any MailObserver)?>(nil)
    private let stepped: (@Sendable (ChangeStep) throws -> Void)?

    /// Reads the journal and the local files of an earlier run: the view is there before anybody looks.
    ///
    /// - Parameters:
    ///   - deletionClock: nil: it follows `now`.
    ///   - stepped: told of each step of each change; a test ends the program there by throwing.
    /// - Throws: `MailStoreError`.
    init(
        configuration: ServiceConfiguration, store: MailStore, facts: AccountFacts, news: ServiceNews, logger: Logger,
        now: @escaping @Sendable () -> Int64, deletionClock: DeletionClock? = nil,
        stepped: (@Sendable (ChangeStep) throws -> Void)? = nil
    ) throws {
        self.configuration = configuration
        self.store = store
        self.facts = facts
        self.news = news
        self.logger = logger
        self.now = now
        self.deletionClock = deletionClock ?? DeletionClock(following: now)
        deletions = Mutex(DeletionLimit(configuration.deletionLimit))
        self.stepped = stepped
        savedSearches = Mutex(try store.savedSearches())
        unsynced = UnsyncedUploads(
            directory: configuration.sharedMarks, state: configuration.state, logger: logger
        ) { news.tell(.uploadsUnsynced) }
        waiting = Verdicts { news.tell(.verdictAwaited) }
        try restoreJournal()
        try restoreOriginals()
        try restoreConfirmed()
        try restoreTrashed()
        try restoreDeletedFiles()
        try restoreUnknown()
        if !configuration.isReadOnly {
            try forgetUnmade()
            try endDeletionsTakenBack()
            try finishUploads()
            try offerStrandedFiles()
            tellUnsynced()
        }
    }

    /// Nanoseconds since 1970, for the times of listings.
    var moment: Int64 { ListingTime.moment(of: now()) }

    func passed(_ step: ChangeStep) throws { try stepped?(step) }

    // MARK: - Observer

    var observer: (any MailObserver)? { watchedBy.withLock { $0 } }

    /// Tells an observer from here on, all folders known so far first.
    func tell(_ observer: any MailObserver) throws {
        watchedBy.withLock { $0 = observer }
        let known = try store.folders().filter { $0.listingChanged > 0 }.map { ($0.folder.id, $0.listingChanged) }
        let times = Dictionary(known, uniquingKeysWith: { first, _ in first })
        try inOrder {
            view.withLock { $0.listingChanged.merge(times) { max($0, $1) } }
            showFolders(times: times)
        }
    }

    /// Nobody is shown anything any more, and nobody waits.
    func stop() {
        waiting.stop()
        watchedBy.withLock { $0 = nil }
    }

    // MARK: - Saved searches

    var keptSearches: [String] { savedSearches.withLock { $0 } }

    /// Keeps a query, or keeps it no more; durable when it returns. One after the other, so that what is known is what is kept.
    func keep(search query: String, _ isKept: Bool) throws {
        try changes.withLock { _ in
            if isKept { try store.save(search: query) } else { try store.forget(search: query) }
            let saved = try store.savedSearches()
            savedSearches.withLock { $0 = saved }
        }
    }

    // MARK: - News

    func wakeSender() { news.tell(.changesWait) }

    func heard(of folder: FolderID) { news.tell(.folderMoved(folder)) }

    func heardOfFolders() { news.tell(.foldersChanged) }
}
