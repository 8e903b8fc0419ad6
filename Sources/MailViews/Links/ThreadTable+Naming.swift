internal import MailModel

// What conversations are called: by what their oldest message is about, and what it goes back to.
extension ThreadTable {
    /// Names that are put in their places one by one.
    private static let few = 64

    mutating func name(_ nameless: [UInt32]) {
        let isMany = nameless.count > Self.few
        var taken = isMany ? Set(ordered.map { Array(octets(of: $0)) }) : []
        for thread in nameless.sorted(by: { isOlder(threads[Int($0)].oldest, than: threads[Int($1)].oldest) }) {
            let subject = Array(octets[rows[Int(threads[Int(thread)].oldest)].subject])
            let wanted = ThreadName.name(subject: subject, origin: origin(of: threads[Int(thread)]))
            var name = wanted
            while isMany ? taken.contains(name) : isTaken(name) {
                // Counted on, so that many that were made to be equal are not gone through again for each.
                let number = repeated[wanted, default: 2]
                repeated[wanted] = number + 1
                name = ThreadName.numbered(wanted, number)
            }
            let number = makeName(name, of: thread)
            threads[Int(thread)].name = number
            if isMany {
                taken.insert(name)
                ordered.append(number)
            } else {
                ordered.insert(number, at: place(of: name))
            }
        }
        guard isMany else { return }
        ordered = ordered.sorted { octets(of: $0).lexicographicallyPrecedes(octets(of: $1)) }
    }

    private func isTaken(_ name: [UInt8]) -> Bool {
        let place = place(of: name)
        return place < ordered.count && octets(of: ordered[place]).elementsEqual(name)
    }

    private mutating func makeName(_ text: [UInt8], of thread: UInt32) -> UInt32 {
        let start = octets.count
        octets += text
        let name = Name(octets: start..<octets.count, thread: thread)
        if let free = freeNames.popLast() {
            names[Int(free)] = name
            return free
        }
        names.append(name)
        return UInt32(truncatingIfNeeded: names.count - 1)
    }

    /// Marks a name as one that is to be forgotten.
    mutating func drop(_ name: UInt32) {
        guard name != Self.none else { return }
        names[Int(name)].thread = Self.none
        dropped.append(name)
    }

    mutating func forgetNames() {
        if dropped.count > Self.few {
            ordered.removeAll { names[Int($0)].thread == Self.none }
        } else {
            for name in dropped {
                let place = place(of: octets(of: name))
                if place < ordered.count, ordered[place] == name { ordered.remove(at: place) }
            }
        }
        for name in dropped { waste += names[Int(name)].octets.count }
        freeNames += dropped
        dropped = []
    }

    /// What a conversation began with, as far as its oldest message and those that this goes back to tell: an identifier that need not be here.
    private func origin(of thread: Thread) -> UInt64 {
        let oldest = rows[Int(thread.oldest)]
        guard thread.count > 1 else { return identifiers[oldest.earlier].first ?? oldest.own }
        var owners: [UInt64: UInt32] = [:]
        var number = thread.first
        while number != Self.none {
            let row = rows[Int(number)]
            if owners[row.own].map({ isOlder(number, than: $0) }) ?? true { owners[row.own] = number }
            number = row.next
        }
        var (at, steps) = (oldest, 0)
        while let first = identifiers[at.earlier].first, first != at.own {
            guard let next = owners[first] else { return first }
            at = rows[Int(next)]
            steps += 1
            // A circle has no beginning.
            if steps > owners.count { return oldest.own }
        }
        return at.own
    }
}
