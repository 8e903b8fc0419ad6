/// Finds a message by its name: open addressing over 32-bit ids, so that rows may move without the index noticing.
///
/// It holds no names: the caller compares, where an octet of the hash is equal. A slot is 0 when free, 1 when its entry was removed,
/// else the id plus 2.
struct NameIndex {
    private var slots: [UInt32] = []
    /// Of the same place in `slots`.
    private var tags: [UInt8] = []
    private var used = 0

    /// Ids from here on do not fit a slot; no mailbox comes near.
    static let idLimit = Int64(UInt32.max) - 2

    /// Eight octets at a time; never stored.
    static func hash(_ name: UnsafeRawBufferPointer) -> UInt64 {
        var value = UInt64(truncatingIfNeeded: name.count)
        func mixed(_ word: UInt64) -> UInt64 {
            let product = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
            return product ^ product >> 29
        }
        var offset = 0
        while name.count - offset >= 8 {
            value = mixed(name.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        for octet in name[offset...] { rest = rest << 8 | UInt64(octet) }
        value = mixed(rest)
        value ^= value >> 32
        return value &* 0x9e37_79b9_7f4a_7c15
    }

    mutating func reserve(_ count: Int) {
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        if capacity > slots.count {
            slots = Array(repeating: 0, count: capacity)
            tags = Array(repeating: 0, count: capacity)
        }
        used = 0
    }

    /// The place does not depend on it.
    private static func tag(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: hash >> 56) }

    /// Whether the next insertion needs `reserve` and all entries again.
    var isFull: Bool { (used + 1) * 3 > slots.count * 2 }

    mutating func insert(_ id: Int64, hash: UInt64) {
        guard id < Self.idLimit, id >= 0, !slots.isEmpty else { return }
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while slots[position] > 1 { position = (position + 1) & mask }
        if slots[position] == 0 { used += 1 }
        slots[position] = UInt32(id) + 2
        tags[position] = Self.tag(hash)
    }

    mutating func remove(_ id: Int64, hash: UInt64) {
        guard !slots.isEmpty else { return }
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while slots[position] != 0 {
            if Int64(slots[position]) - 2 == id {
                slots[position] = 1
                return
            }
            position = (position + 1) & mask
        }
    }

    /// The first id at the name's place for which `matches` is true.
    func first(hash: UInt64, where matches: (Int64) -> Bool) -> Int64? {
        guard !slots.isEmpty else { return nil }
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        let tag = Self.tag(hash)
        while slots[position] != 0 {
            if tags[position] == tag {
                let id = Int64(slots[position]) - 2
                if id >= 0, matches(id) { return id }
            }
            position = (position + 1) & mask
        }
        return nil
    }
}
