public import IMAPValue
public import MailModel

/// The messages of one folder in memory: rows in ascending order of id, names in one arena, an index by name.
///
/// About 130 octets for a message with a name of 70. A row's place may change; its id never does. A name belongs to the message that
/// took it last: the one that had it is hidden until it gets another, or gets it back. Removing one message costs a search, not a shift of all rows.
public struct MessageTable: Sendable {
    private var rows: [MessageRow] = []
    private var names = NameArena()
    private var unusedNameBytes = 0
    private var goneCount = 0
    private var index = NameIndex()
    private var flagSets: [Flags] = []
    private var flagNumbers: [Flags: UInt32] = [:]
    /// Most messages have the flags of the one before.
    private var lastFlagNumber: UInt32 = 0
    /// Messages that are hidden because others have taken their names.
    private var displaced: Set<Int64> = []
    private var restored: [MessageID] = []

    public init() {}

    /// Makes room for so many messages.
    public mutating func reserve(_ count: Int) {
        rows.reserveCapacity(count)
        if rows.isEmpty { index.reserve(count + 16) }
    }

    public var count: Int { rows.count - goneCount }

    /// Adds a message, or replaces what is known of it. A name of over 255 octets is cut.
    public mutating func put(
        id: MessageID, uid: UID?, name: UnsafeRawBufferPointer, size: UInt64, sizeIsProven: Bool, internalDate: Int64,
        flags: Flags, flagsChanged: Int64, isCached: Bool, standing: MessageSummary.Standing = .settled
    ) {
        let name = UnsafeRawBufferPointer(rebasing: name.prefix(255))
        var bits: MessageRow.Bits = flags.isDeleted ? [] : .isShown
        if sizeIsProven { bits.insert(.sizeIsProven) }
        if isCached { bits.insert(.isCached) }
        bits.standing = standing
        var row = MessageRow(
            id: id.rawValue, size: size, internalDate: internalDate, flagsChanged: flagsChanged,
            uid: uid?.rawValue ?? 0,
            flags: number(of: flags), nameOffset: 0, nameLength: UInt8(name.count), bits: bits)
        let place = position(of: id.rawValue)
        let isKnown = place < rows.count && rows[place].id == id.rawValue
        if isKnown, rows[place].bits.contains(.isShown), withName(rows[place], { $0.elementsEqual(name) }) {
            row.nameOffset = rows[place].nameOffset
            rows[place] = row
            if !bits.contains(.isShown) {
                index.remove(row.id, hash: NameIndex.hash(name))
                if !displaced.isEmpty { giveBack(Array(name)) }
            }
            return
        }
        displaced.remove(id.rawValue)
        let freed = isKnown ? contestedName(rows[place]) : nil
        let hash = NameIndex.hash(name)
        if bits.contains(.isShown) { hide(name, hash: hash) }
        if isKnown {
            forgetName(rows[place])
            if rows[place].bits.contains(.isGone) { goneCount -= 1 }
            row.nameOffset = names.store(name)
            rows[place] = row
        } else {
            row.nameOffset = names.store(name)
            rows.insert(row, at: place)
        }
        if bits.contains(.isShown) { add(row, hash: hash) }
        if let freed { giveBack(freed) }
        compactNames()
    }

    public mutating func put(_ message: MessageSummary) {
        message.name.withUnsafeBytes { name in
            put(
                id: message.id, uid: message.uid, name: name, size: message.size, sizeIsProven: message.sizeIsProven,
                internalDate: message.internalDate, flags: message.flags, flagsChanged: message.flagsChanged,
                isCached: message.isCached, standing: message.standing)
        }
    }

    public mutating func remove(_ ids: some Collection<MessageID>) {
        for id in ids {
            let place = position(of: id.rawValue)
            guard place < rows.count, rows[place].id == id.rawValue, !rows[place].bits.contains(.isGone) else {
                continue
            }
            displaced.remove(id.rawValue)
            let freed = contestedName(rows[place])
            forgetName(rows[place])
            rows[place].bits = .isGone
            rows[place].nameLength = 0
            goneCount += 1
            if let freed { giveBack(freed) }
        }
        if goneCount > 64, goneCount > rows.count / 2 {
            rows.removeAll { $0.bits.contains(.isGone) }
            goneCount = 0
        }
        compactNames()
    }

    /// Takes a name from the shown message that has it.
    private mutating func hide(_ name: UnsafeRawBufferPointer, hash: UInt64) {
        let holder = index.first(hash: hash) { id in
            guard let row = row(id) else { return false }
            return withName(row) { $0.elementsEqual(name) }
        }
        guard let holder else { return }
        let place = position(of: holder)
        guard place < rows.count, rows[place].id == holder else { return }
        rows[place].bits.remove(.isShown)
        index.remove(holder, hash: hash)
        displaced.insert(holder)
    }

    /// The name that a message is shown under, where another may wait for it.
    private func contestedName(_ row: MessageRow) -> [UInt8]? {
        guard !displaced.isEmpty, row.bits.contains(.isShown) else { return nil }
        return withName(row) { Array($0) }
    }

    /// A name is free: of the messages from which it was taken the newest has it again.
    private mutating func giveBack(_ name: [UInt8]) {
        let waiting = displaced.filter { id in row(id).map { withName($0) { $0.elementsEqual(name) } } ?? false }
        guard let id = waiting.max() else { return }
        let place = position(of: id)
        guard place < rows.count, rows[place].id == id else { return }
        displaced.remove(id)
        rows[place].bits.insert(.isShown)
        add(rows[place], hash: name.withUnsafeBytes(NameIndex.hash))
        restored.append(MessageID(rawValue: id))
    }

    /// The messages that got their names back since the last call and have them.
    mutating func takeRestored() -> [MessageID] {
        defer { restored = [] }
        return restored.filter(isShown)
    }

    /// The shown message with this name.
    public func find(name: UnsafeRawBufferPointer) -> MessageAttributes? {
        var found: MessageRow?
        _ = index.first(hash: NameIndex.hash(name)) { id in
            guard let row = row(id), withName(row, { $0.elementsEqual(name) }) else { return false }
            found = row
            return true
        }
        return found.map(MessageAttributes.init)
    }

    public func attributes(of id: MessageID) -> MessageAttributes? {
        row(id.rawValue).map(MessageAttributes.init)
    }

    /// Whether the listing has the message.
    public func isShown(_ id: MessageID) -> Bool { row(id.rawValue)?.bits.contains(.isShown) ?? false }

    /// The ids of all messages, shown or not, ascending.
    var ids: some Sequence<MessageID> {
        rows.lazy.filter { !$0.bits.contains(.isGone) }.map { MessageID(rawValue: $0.id) }
    }

    /// The message as a whole, shown or not.
    public func summary(of id: MessageID) -> MessageSummary? {
        guard let row = row(id.rawValue) else { return nil }
        return MessageSummary(
            id: id, uid: UID(row.uid), name: withName(row) { Array($0) }, size: row.size,
            sizeIsProven: row.bits.contains(.sizeIsProven), internalDate: row.internalDate,
            flags: flags(row.flags), flagsChanged: row.flagsChanged, isCached: row.bits.contains(.isCached),
            standing: row.bits.standing)
    }

    /// The shown messages with ids above `id`, ascending, until `body` returns false.
    public func forEachShown(
        after id: MessageID, _ body: (_ name: UnsafeRawBufferPointer, _ attributes: MessageAttributes) -> Bool
    ) {
        var place = position(of: id.rawValue)
        if place < rows.count, rows[place].id == id.rawValue { place += 1 }
        while place < rows.count {
            let row = rows[place]
            place += 1
            guard row.bits.contains(.isShown) else { continue }
            if !withName(row, { body($0, MessageAttributes(row)) }) { return }
        }
    }

    /// All shown messages with their flags, ascending.
    func forEachShown(
        _ body: (_ name: UnsafeRawBufferPointer, _ attributes: MessageAttributes, _ flags: Flags) -> Void
    ) {
        for row in rows where row.bits.contains(.isShown) {
            withName(row) { body($0, MessageAttributes(row), flags(row.flags)) }
        }
    }

    /// Rows from one message to another: 1 for neighbours, nil where the second does not come after the first.
    func distance(from first: MessageID, to second: MessageID) -> Int? {
        let count = position(of: second.rawValue) - position(of: first.rawValue)
        return count > 0 ? count : nil
    }

    /// The first row whose id is not below `id`.
    private func position(of id: Int64) -> Int {
        if let last = rows.last, last.id < id { return rows.count }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func row(_ id: Int64) -> MessageRow? {
        let place = position(of: id)
        guard place < rows.count, rows[place].id == id, !rows[place].bits.contains(.isGone) else { return nil }
        return rows[place]
    }

    private func withName<R>(_ row: MessageRow, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        names.withName(at: row.nameOffset, length: Int(row.nameLength), body)
    }

    private mutating func add(_ row: MessageRow, hash: UInt64) {
        if index.isFull {
            // Growing enters every shown row, this one included when it already has its place.
            index = NameIndex()
            index.reserve(rows.count + 16)
            for other in rows where other.bits.contains(.isShown) {
                index.insert(other.id, hash: withName(other, NameIndex.hash))
            }
            if self.row(row.id) == nil { index.insert(row.id, hash: hash) }
        } else {
            index.insert(row.id, hash: hash)
        }
    }

    private mutating func forgetName(_ row: MessageRow) {
        unusedNameBytes += Int(row.nameLength)
        guard row.bits.contains(.isShown) else { return }
        index.remove(row.id, hash: withName(row, NameIndex.hash))
    }

    private mutating func compactNames() {
        guard unusedNameBytes > 65_536, unusedNameBytes > names.count / 2 else { return }
        var compacted = NameArena()
        for place in rows.indices {
            rows[place].nameOffset = withName(rows[place]) { compacted.store($0) }
        }
        names = compacted
        unusedNameBytes = 0
    }

    private mutating func number(of flags: Flags) -> UInt32 {
        if Int(lastFlagNumber) < flagSets.count, flagSets[Int(lastFlagNumber)] == flags { return lastFlagNumber }
        if let known = flagNumbers[flags] {
            lastFlagNumber = known
            return known
        }
        let number = UInt32(clamping: flagSets.count)
        flagSets.append(flags)
        flagNumbers[flags] = number
        return number
    }

    private func flags(_ number: UInt32) -> Flags {
        Int(number) < flagSets.count ? flagSets[Int(number)] : Flags()
    }
}
