public import IMAPValue

/// The messages of a folder and their flags, to compare with what the server lists: 16 octets a message.
public struct KnownMessages: Sendable {
    /// Ascending.
    public internal(set) var uids: [UInt32] = []
    /// Of the same index in `uids`.
    public internal(set) var ids: [Int64] = []
    /// Of the same index in `uids`: an index into `table`.
    public internal(set) var flagIndexes: [UInt32] = []
    /// The distinct flags.
    public internal(set) var table: [Flags] = []

    public var count: Int { uids.count }

    /// The index of a UID; nil if it is not known.
    public func index(of uid: UID) -> Int? {
        var low = 0
        var high = uids.count
        while low < high {
            let middle = (low + high) / 2
            if uids[middle] < uid.rawValue { low = middle + 1 } else { high = middle }
        }
        return low < uids.count && uids[low] == uid.rawValue ? low : nil
    }

    /// The flags at an index of `uids`; none outside it.
    public func flags(at index: Int) -> Flags {
        guard flagIndexes.indices.contains(index) else { return Flags() }
        let entry = Int(flagIndexes[index])
        return table.indices.contains(entry) ? table[entry] : Flags()
    }
}
