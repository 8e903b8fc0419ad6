internal import MailModel

// Which rows belong together: a thread is what identifiers lead to, so that circles and repetitions do no harm.
extension ThreadTable {
    /// Makes the conversations of what has changed, and names those that have no name.
    ///
    /// A name that was given stays as long as the conversation: of two that turn out to be one the older keeps its name, and when one falls apart
    /// the part with its oldest message does.
    mutating func place() {
        guard !unplaced.isEmpty else { return }
        for number in unplaced where rows[Int(number)].id != Self.nobody { place(number) }
        for (name, range) in inherited { bequeath(name, to: range) }
        forgetNames()
        var nameless: Set<UInt32> = []
        for number in unplaced where rows[Int(number)].id != Self.nobody {
            let thread = rows[Int(number)].thread
            if threads[Int(thread)].name == Self.none { nameless.insert(thread) }
        }
        name(Array(nameless))
        unplaced = []
        inherited = []
        freeRows += left
        left = []
        compact()
    }

    private mutating func place(_ number: UInt32) {
        let ids = identifiers(of: rows[Int(number)])
        var thread = Self.none
        for id in ids {
            guard let other = known[id], other != thread else { continue }
            thread = thread == Self.none ? other : joined(thread, other)
        }
        if thread == Self.none {
            thread = makeThread(number)
        } else {
            rows[Int(number)].next = threads[Int(thread)].first
            threads[Int(thread)].first = number
            threads[Int(thread)].count += 1
            threads[Int(thread)].newest = max(threads[Int(thread)].newest, rows[Int(number)].date)
            if isOlder(number, than: threads[Int(thread)].oldest) { threads[Int(thread)].oldest = number }
        }
        rows[Int(number)].thread = thread
        for id in ids { known[id] = thread }
    }

    private mutating func makeThread(_ row: UInt32) -> UInt32 {
        let thread = Thread(first: row, last: row, oldest: row, newest: rows[Int(row)].date)
        if let free = freeThreads.popLast() {
            threads[Int(free)] = thread
            return free
        }
        threads.append(thread)
        return UInt32(truncatingIfNeeded: threads.count - 1)
    }

    /// Makes one of two threads: the rows of the smaller one change over, so that many joins are few changes of each row.
    private mutating func joined(_ one: UInt32, _ other: UInt32) -> UInt32 {
        let isLarger = threads[Int(one)].count >= threads[Int(other)].count
        let (large, small) = isLarger ? (one, other) : (other, one)
        let gone = threads[Int(small)]
        var at = gone.first
        while at != Self.none {
            rows[Int(at)].thread = large
            for id in identifiers(of: rows[Int(at)]) { known[id] = large }
            at = rows[Int(at)].next
        }
        var kept = threads[Int(large)]
        let isElder = isOlder(gone.oldest, than: kept.oldest)
        if gone.name != Self.none {
            if kept.name == Self.none || isElder {
                drop(kept.name)
                kept.name = gone.name
                names[Int(gone.name)].thread = large
            } else {
                drop(gone.name)
            }
        }
        rows[Int(gone.last)].next = kept.first
        kept.first = gone.first
        kept.count += gone.count
        kept.newest = max(kept.newest, gone.newest)
        if isElder { kept.oldest = gone.oldest }
        threads[Int(large)] = kept
        freeThreads.append(small)
        return large
    }

    /// Gives the name of a thread that was taken apart to the part with its oldest row.
    private mutating func bequeath(_ name: UInt32, to range: Range<Int>) {
        var heir = Self.none
        for number in unplaced[range] where rows[Int(number)].id != Self.nobody {
            if heir == Self.none || isOlder(number, than: heir) { heir = number }
        }
        guard heir != Self.none else { return drop(name) }
        let thread = Int(rows[Int(heir)].thread)
        guard threads[thread].name == Self.none || threads[thread].oldest == heir else { return drop(name) }
        drop(threads[thread].name)
        threads[thread].name = name
        names[Int(name)].thread = rows[Int(heir)].thread
    }

    /// Copies together what is left of what messages say, where most of it is of none.
    private mutating func compact() {
        guard waste > 1 << 16, waste > (octets.count + identifiers.count) / 2 else { return }
        var (newIdentifiers, newOctets): ([UInt64], [UInt8]) = ([], [])
        for index in rows.indices {
            let (first, start) = (newIdentifiers.count, newOctets.count)
            if rows[index].id != Self.nobody {
                newIdentifiers += identifiers[rows[index].earlier]
                newOctets += octets[rows[index].subject]
            }
            rows[index].earlier = first..<newIdentifiers.count
            rows[index].subject = start..<newOctets.count
        }
        for index in names.indices {
            let start = newOctets.count
            if names[index].thread != Self.none { newOctets += octets[names[index].octets] }
            names[index].octets = start..<newOctets.count
        }
        (identifiers, octets, waste) = (newIdentifiers, newOctets, 0)
    }
}
