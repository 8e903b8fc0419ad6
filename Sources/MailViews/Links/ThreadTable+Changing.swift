internal import MailModel

// Messages come, go and are learnt more of; `place()` makes the conversations of it.
extension ThreadTable {
    /// Takes messages out.
    mutating func remove(_ ids: some Sequence<MessageID>) {
        for id in ids {
            guard let number = numbers.removeValue(forKey: id) else { continue }
            partial.remove(id)
            takeApart(number)
            let row = rows[Int(number)]
            waste += row.subject.count + row.earlier.count
            rows[Int(number)].id = Self.nobody
            left.append(number)
        }
    }

    /// Takes out all but these, ascending by id.
    mutating func keep(only messages: [DatedMessage]) {
        var isKept = [Bool](repeating: false, count: rows.count)
        for message in messages {
            guard let number = numbers[message.id] else { continue }
            isKept[Int(number)] = true
            redate(number, message.date)
        }
        remove(rows.indices.filter { !isKept[$0] }.map { rows[$0].id })
    }

    func unknown(among messages: [DatedMessage]) -> [MessageID] {
        messages.lazy.map(\.id).filter { numbers[$0] == nil }
    }

    private mutating func redate(_ number: UInt32, _ date: Int64) {
        guard rows[Int(number)].date != date else { return }
        takeApart(number)
        rows[Int(number)].date = date
    }

    /// What a message says; of one that is here already, what it says now.
    mutating func learn(_ message: DatedMessage, _ fact: ThreadedMessage) {
        let known = numbers[message.id]
        if let number = known {
            redate(number, message.date)
            let row = rows[Int(number)]
            // An upload's file told more than its listing does, until that is asked for.
            guard fact.isWhole || partial.contains(message.id) || row.own != fact.own else { return }
            let isSame =
                row.own == fact.own && identifiers[row.earlier].elementsEqual(fact.earlier)
                && octets[row.subject].elementsEqual(fact.subject)
            guard !isSame else {
                if fact.isWhole { partial.remove(message.id) }
                return
            }
            takeApart(number)
            waste += row.subject.count + row.earlier.count
        }
        if fact.isWhole { partial.remove(message.id) } else { partial.insert(message.id) }
        let (start, first) = (identifiers.count, octets.count)
        identifiers += fact.earlier
        octets += fact.subject
        let row = Row(
            id: message.id, date: message.date, own: fact.own, earlier: start..<identifiers.count,
            subject: first..<octets.count)
        if let number = known {
            rows[Int(number)] = row
        } else {
            let number: UInt32
            if let free = freeRows.popLast() {
                rows[Int(free)] = row
                number = free
            } else {
                number = UInt32(truncatingIfNeeded: rows.count)
                rows.append(row)
            }
            numbers[message.id] = number
            unplaced.append(number)
        }
    }

    /// Ends the thread of a row: its rows are to be placed anew, and its name goes to the oldest of them that stays.
    private mutating func takeApart(_ number: UInt32) {
        let thread = rows[Int(number)].thread
        guard thread != Self.none else { return }
        let start = unplaced.count
        var at = threads[Int(thread)].first
        while at != Self.none {
            let row = rows[Int(at)]
            for identifier in identifiers(of: row) { known[identifier] = nil }
            rows[Int(at)].thread = Self.none
            rows[Int(at)].next = Self.none
            unplaced.append(at)
            at = row.next
        }
        let name = threads[Int(thread)].name
        if name != Self.none {
            names[Int(name)].thread = Self.none
            inherited.append((name, start..<unplaced.count))
        }
        freeThreads.append(thread)
    }
}
