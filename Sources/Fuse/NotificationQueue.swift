/// What waits to be sent to the kernel: each notification once, first come first served, bounded.
///
/// Beyond the bound single names give way to one `everyEntry` and one `inode` for each directory concerned: nothing
/// stale stays, the kernel merely forgets more than it had to.
struct NotificationQueue {
    let capacity: Int
    private var waiting: [Notification] = []
    private var first = 0
    private var known: Set<Notification> = []
    /// Collapsed once and not empty since.
    private var isCollapsed = false
    /// Notifications lost because the inodes alone are more than the bound.
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    var count: Int { waiting.count - first }

    mutating func append(_ notification: Notification) {
        if isCovered(notification) { return }
        if count >= capacity, !isCollapsed {
            collapse()
            isCollapsed = true
            if isCovered(notification) { return }
        }
        guard count < capacity else {
            dropped += 1
            return
        }
        known.insert(notification)
        waiting.append(notification)
    }

    mutating func removeFirst() -> Notification? {
        guard first < waiting.count else { return nil }
        let notification = waiting[first]
        first += 1
        if first == waiting.count || first >= 4096 {
            waiting.removeFirst(first)
            first = 0
        }
        known.remove(notification)
        if waiting.isEmpty || notification == .everyEntry { isCollapsed = false }
        return notification
    }

    mutating func removeAll() {
        waiting = []
        first = 0
        known = []
        isCollapsed = false
    }

    private func isCovered(_ notification: Notification) -> Bool {
        if known.contains(notification) { return true }
        switch notification {
        case .inode(let inode, let offset, let length):
            return (offset != 0 || length != 0) && known.contains(.inode(inode, offset: 0, length: 0))
        case .entry(let parent, _), .deleted(let parent, _, _):
            return known.contains(.everyEntry) && known.contains(.inode(parent, offset: 0, length: 0))
        case .everyEntry:
            return false
        }
    }

    /// Keeps the inodes, in their order.
    private mutating func collapse() {
        let old = waiting[first...]
        removeAll()
        known.insert(.everyEntry)
        waiting.append(.everyEntry)
        for notification in old {
            let inode: Notification
            switch notification {
            case .inode(let number, _, _): inode = .inode(number, offset: 0, length: 0)
            case .entry(let parent, _), .deleted(let parent, _, _): inode = .inode(parent, offset: 0, length: 0)
            case .everyEntry: continue
            }
            if known.insert(inode).inserted { waiting.append(inode) }
        }
    }
}
