public import MailModel

/// One message of a loaded listing, in 48 octets; its name stands in the table's arena.
struct MessageRow {
    struct Bits: OptionSet {
        let rawValue: UInt8
        static let sizeIsProven = Bits(rawValue: 1)
        static let isCached = Bits(rawValue: 2)
        /// Not marked `\Deleted`: it has a name in the listing.
        static let isShown = Bits(rawValue: 4)
    }

    let id: Int64
    var size: UInt64
    var internalDate: Int64
    var flagsChanged: Int64
    var uid: UInt32
    var flags: UInt32
    var nameOffset: UInt32
    var nameLength: UInt8
    var bits: Bits
}

/// What `stat` shows of a message.
public struct MessageAttributes: Hashable, Sendable {
    public var id: MessageID
    /// Octets.
    public var size: UInt64
    /// The length of the received body is known: `size` will not change any more.
    public var sizeIsProven: Bool
    public var isCached: Bool
    /// INTERNALDATE, seconds since 1970.
    public var modified: Int64
    /// The last change of flags, else INTERNALDATE; seconds since 1970.
    public var changed: Int64

    init(_ row: MessageRow) {
        id = MessageID(rawValue: row.id)
        size = row.size
        sizeIsProven = row.bits.contains(.sizeIsProven)
        isCached = row.bits.contains(.isCached)
        modified = row.internalDate
        changed = Swift.max(row.internalDate, row.flagsChanged)
    }
}
