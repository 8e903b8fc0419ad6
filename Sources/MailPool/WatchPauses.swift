/// When a watching connection that ended is made again: at once, unless sessions end soon after they began, or attempts fail.
struct WatchPauses: Hashable, Sendable {
    private var backoff = Backoff()
    /// Watching connections in succession that did not last.
    private(set) var shortLived = 0

    /// A session that was watched for so long has lasted.
    static let lasting = Duration.seconds(10)
    /// Sessions that end soon and are begun anew before the account counts as offline.
    static let freeAttempts = 3

    /// Sessions do not last: the account counts as offline between them.
    var isOffline: Bool { shortLived > Self.freeAttempts }

    /// An attempt succeeded.
    mutating func opened() {
        if shortLived == 0 { backoff.succeeded() }
    }

    /// Somebody wants an attempt now; what follows begins with the shortest pause.
    mutating func asked() {
        backoff.succeeded()
    }

    mutating func failed(spread: Double) -> Duration { backoff.failed(spread: spread) }

    /// A session ended.
    ///
    /// - Returns: the wait before the next one, zero for none, and whether the account counts as offline meanwhile.
    mutating func ended(after time: Duration, spread: Double) -> (pause: Duration, isOffline: Bool) {
        guard time <= Self.lasting else {
            shortLived = 0
            return (.zero, false)
        }
        shortLived += 1
        guard shortLived > 1 else { return (.zero, false) }
        return (backoff.failed(spread: spread), isOffline)
    }
}
