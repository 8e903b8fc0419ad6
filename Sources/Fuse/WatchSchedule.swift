/// When each watched file is to be looked at next. Times are nanoseconds of one clock that only goes forward.
struct WatchSchedule {
    struct Entry {
        /// When the watch over it began.
        var since: UInt64
        var next: UInt64
        /// Until the look after the next one, where it changes nothing.
        var pause: UInt64
        /// Since when it could not be reached, and its mark then.
        var lost: (since: UInt64, mark: UInt64)?
    }

    /// Most files are written and closed at once.
    static let firstPause: UInt64 = 4_000_000
    static let longestPause: UInt64 = 100_000_000
    /// A file that cannot be reached counts as closed when nothing was written to it for so long.
    static let patience: UInt64 = 60_000_000_000

    private(set) var entries: [Inode: Entry] = [:]

    /// Goes on as before where it is watched already.
    mutating func add(_ inode: Inode, at now: UInt64) {
        if entries[inode] != nil { return }
        entries[inode] = Entry(since: now, next: now &+ Self.firstPause, pause: Self.firstPause, lost: nil)
    }

    mutating func remove(_ inode: Inode) { entries[inode] = nil }

    mutating func hurry(_ inode: Inode) { entries[inode]?.next = 0 }

    mutating func hurryAll() { for inode in entries.keys { entries[inode]?.next = 0 } }

    /// Those whose time has come, the longest waiting first.
    func due(at now: UInt64) -> [Inode] {
        entries.filter { $0.value.next <= now }.sorted { ($0.value.next, $0.key) < ($1.value.next, $1.key) }.map(\.key)
    }

    /// nil where nothing is watched.
    var next: UInt64? { entries.values.map(\.next).min() }

    /// Somebody still writes to it, or may.
    ///
    /// - Returns: nanoseconds since the watch began.
    @discardableResult
    mutating func postpone(_ inode: Inode, at now: UInt64) -> UInt64 {
        guard var entry = entries[inode] else { return 0 }
        entry.lost = nil
        entry.pause = min(entry.pause * 2, longest)
        entry.next = now &+ entry.pause
        entries[inode] = entry
        return now &- entry.since
    }

    /// It cannot be reached.
    ///
    /// - Parameter mark: differs where something was written since.
    /// - Returns: whether it has been so for long without a write.
    mutating func lose(_ inode: Inode, mark: UInt64, at now: UInt64) -> Bool {
        guard var entry = entries[inode] else { return false }
        let lost = entry.lost
        postpone(inode, at: now)
        entry = entries[inode] ?? entry
        if let lost, lost.mark == mark {
            entry.lost = lost
        } else {
            entry.lost = (now, mark)
        }
        entries[inode] = entry
        return now &- (entry.lost?.since ?? now) >= Self.patience
    }

    /// Many files that stay open are looked at less often, so that looking never costs more than a few hundredths of a
    /// processor.
    private var longest: UInt64 { max(Self.longestPause, UInt64(entries.count) * 1_000_000) }
}
