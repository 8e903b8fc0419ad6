internal import MailModel
internal import MailTree

/// Which message is from whom, by the names of the directories in `.views/from`: sixteen octets an author of a message, and each name once.
struct SenderTable: Sendable {
    private struct Row {
        var id: MessageID
        /// In `known`; nil where it names no author.
        var sender: UInt32?
    }

    /// Ascending by id; one for each author of a message.
    private var rows: [Row] = []
    private var known: [[UInt8]] = []
    private var numbers: [[UInt8]: UInt32] = [:]
    /// Of senders that have messages now, in the order of their octets.
    private(set) var names: [[UInt8]] = []

    init() {}

    /// Those whose authors have not been asked for.
    func unknown(among ids: [MessageID]) -> [MessageID] { ids.filter { rows(of: $0).isEmpty } }

    private func rows(of id: MessageID) -> ArraySlice<Row> {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = low + (high - low) / 2
            if rows[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return rows[low...].prefix { $0.id == id }
    }

    /// The same of these messages and no others.
    ///
    /// - Parameters:
    ///   - ids: in any order.
    ///   - addresses: of those that were unknown.
    func updated(_ ids: [MessageID], with addresses: [MessageID: [String]]) -> SenderTable {
        var next = SenderTable()
        next.rows.reserveCapacity(ids.count)
        for id in ids.sorted() {
            let rows = rows(of: id)
            for row in rows {
                next.rows.append(Row(id: id, sender: row.sender.map { next.number(of: known[Int($0)]) }))
            }
            guard rows.isEmpty else { continue }
            let addresses = addresses[id] ?? []
            for address in addresses {
                next.rows.append(Row(id: id, sender: next.number(of: FolderComponent.shown(address))))
            }
            if addresses.isEmpty { next.rows.append(Row(id: id, sender: nil)) }
        }
        next.names = next.known.sorted { $0.lexicographicallyPrecedes($1) }
        return next
    }

    private mutating func number(of name: [UInt8]) -> UInt32 {
        if let number = numbers[name] { return number }
        let number = UInt32(truncatingIfNeeded: known.count)
        known.append(name)
        numbers[name] = number
        return number
    }

    /// The name that is meant by one in any case; nil where no message has it. Hexadecimal digits of an escape are as they are.
    func name(for name: [UInt8]) -> [UInt8]? {
        if numbers[name] != nil { return name }
        let lowered = Array(String(decoding: name, as: UTF8.self).lowercased().utf8)
        return numbers[lowered] == nil ? nil : lowered
    }

    func messages(from name: [UInt8]) -> Set<MessageID> {
        guard let number = numbers[name] else { return [] }
        return Set(rows.lazy.filter { $0.sender == number }.map(\.id))
    }
}
