internal import MailModel

/// What the conversations are and which messages are in each, by the names of the directories in `.views/threads`.
///
/// Messages that name each other, or that name the same message, are in one conversation, whichever of them are here; equal subjects say
/// nothing. A message that comes or goes costs what its conversation is large. Some two hundred octets a message, and as many a conversation.
struct ThreadTable {
    /// Stands for no row, thread or name.
    static let none = UInt32.max

    struct Row {
        var id: MessageID
        /// INTERNALDATE, seconds since 1970.
        var date: Int64
        var own: UInt64
        /// In `identifiers`.
        var earlier: Range<Int>
        /// In `octets`.
        var subject: Range<Int>
        /// `none` until it is placed.
        var thread = ThreadTable.none
        /// The next one of its thread.
        var next = ThreadTable.none
    }

    struct Thread {
        /// Of its list of rows.
        var first: UInt32
        var last: UInt32
        var count: UInt32 = 1
        /// By date and id.
        var oldest: UInt32
        /// The date of its newest message.
        var newest: Int64
        /// In `names`; `none` until it is given one.
        var name = ThreadTable.none
    }

    struct Name {
        /// In `octets`.
        var octets: Range<Int>
        /// `none` where it is to be forgotten.
        var thread: UInt32
    }

    var rows: [Row] = []
    var numbers: [MessageID: UInt32] = [:]
    var identifiers: [UInt64] = []
    /// Of subjects and names.
    var octets: [UInt8] = []
    var threads: [Thread] = []
    /// The thread that a Message-ID belongs to, whether its message is here or only named.
    var known: [UInt64: UInt32] = [:]
    var names: [Name] = []
    /// The names in the order of their octets.
    var ordered: [UInt32] = []
    /// The next number of a name that more than one was to have.
    var repeated: [[UInt8]: Int] = [:]
    var freeRows: [UInt32] = []
    var freeThreads: [UInt32] = []
    var freeNames: [UInt32] = []

    /// Rows that are to be placed, and those among them that have left.
    var unplaced: [UInt32] = []
    var left: [UInt32] = []
    /// Names whose threads were taken apart, and where in `unplaced` the rows of each are.
    var inherited: [(name: UInt32, rows: Range<Int>)] = []
    /// Names that are to be forgotten.
    var dropped: [UInt32] = []
    /// Messages of which more is to be learnt.
    var partial: Set<MessageID> = []
    /// Of `octets` and of `identifiers`, of what is gone.
    var waste = 0

    // MARK: - Asking

    func date(of id: MessageID) -> Int64? { numbers[id].map { rows[Int($0)].date } }

    func forEachName(_ body: (ArraySlice<UInt8>) -> Void) {
        for name in ordered { body(octets(of: name)) }
    }

    func messages(of name: [UInt8]) -> Set<MessageID> {
        guard let thread = thread(named: name) else { return [] }
        var found: Set<MessageID> = []
        found.reserveCapacity(Int(thread.count))
        var number = thread.first
        while number != Self.none {
            found.insert(rows[Int(number)].id)
            number = rows[Int(number)].next
        }
        return found
    }

    /// When the newest message of a directory came; nil where there is no such directory.
    func modified(_ name: [UInt8]) -> Int64? { thread(named: name)?.newest }

    private func thread(named name: [UInt8]) -> Thread? {
        let place = place(of: name)
        guard place < ordered.count, octets(of: ordered[place]).elementsEqual(name) else { return nil }
        let thread = names[Int(ordered[place])].thread
        return thread == Self.none ? nil : threads[Int(thread)]
    }

    func octets(of name: UInt32) -> ArraySlice<UInt8> { octets[names[Int(name)].octets] }

    /// Where in `ordered` a name is, or would be.
    func place(of name: some Sequence<UInt8>) -> Int {
        var (low, high) = (0, ordered.count)
        while low < high {
            let middle = low + (high - low) / 2
            if octets(of: ordered[middle]).lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: - What messages say

    /// The id of a row that has left.
    static let nobody = MessageID(rawValue: .min)

    /// The identifiers of a row, its own first.
    func identifiers(of row: Row) -> [UInt64] { [row.own] + identifiers[row.earlier] }

    func isOlder(_ row: UInt32, than other: UInt32) -> Bool {
        let (row, other) = (rows[Int(row)], rows[Int(other)])
        return (row.date, row.id) < (other.date, other.id)
    }
}
