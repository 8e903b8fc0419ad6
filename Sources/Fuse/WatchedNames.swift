/// Names that changed by themselves, of which those who watch their directories are still to hear: each once, first come first served,
/// bounded.
///
/// Only directories that were listed count: nobody else watches for what changes there. Beyond the bound names are dropped. Who watches
/// hears of single messages that come and go, not of a whole folder.
struct WatchedNames {
    struct Name: Hashable, Sendable {
        var parent: Inode
        var name: [UInt8]
        /// What had the name is known to be gone; else it may be there.
        var isGone: Bool
        /// What had the name, where that is known.
        var child: Inode?
    }

    let capacity: Int
    private var listed: Set<Inode> = []
    private var waiting: [Name] = []
    private var first = 0
    private var known: Set<Place> = []

    private struct Place: Hashable {
        var parent: Inode
        var name: [UInt8]
    }

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    var count: Int { waiting.count - first }

    mutating func list(_ directory: Inode) { listed.insert(directory) }

    /// The kernel does not know the directory any more, so nobody watches it.
    mutating func forget(_ inode: Inode) { if !listed.isEmpty { listed.remove(inode) } }

    /// - Returns: whether there is more to do than before.
    mutating func append(_ notification: Notification) -> Bool {
        let name: Name
        switch notification {
        case .entry(let parent, let text): name = Name(parent: parent, name: text, isGone: false)
        case .deleted(let parent, let child, let text):
            name = Name(parent: parent, name: text, isGone: true, child: child)
        case .inode, .everyEntry: return false
        }
        guard listed.contains(name.parent), count < capacity,
            known.insert(Place(parent: name.parent, name: name.name)).inserted
        else { return false }
        waiting.append(name)
        return true
    }

    mutating func removeFirst() -> Name? {
        guard first < waiting.count else { return nil }
        let name = waiting[first]
        first += 1
        if first == waiting.count {
            waiting = []
            first = 0
        }
        known.remove(Place(parent: name.parent, name: name.name))
        return name
    }

    mutating func removeAll() {
        waiting = []
        first = 0
        known = []
    }
}
