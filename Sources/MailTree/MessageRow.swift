public import MailModel

/// One message of a loaded listing, in 48 octets; its name stands in the table's arena.
struct MessageRow {
    struct Bits: OptionSet {
        let rawValue: UInt8
        static let sizeIsProven = Bits(rawValue: 1)
        static let isCached = Bits(rawValue: 2)
        /// It has a name in the listing: not marked `\Deleted`, and no other message has taken the name.
        static let isShown = Bits(rawValue: 4)
        /// Removed; the row goes when many of its kind have come together.
        static let isGone = Bits(rawValue: 32)
        /// Two bits of `MessageSummary.Standing`.
        static let standing = Bits(rawValue: 24)

        var standing: MessageSummary.Standing {
            get { MessageSummary.Standing(rawValue: intersection(.standing).rawValue >> 3) ?? .settled }
            set { self = Bits(rawValue: subtracting(.standing).rawValue | newValue.rawValue << 3) }
        }
    }

    let id: Int64
    var size: UInt64
    var internalDate: Int64
    var flagsChanged: Int64
    /// 0 where there is none.
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
    public var standing: MessageSummary.Standing
    /// INTERNALDATE, seconds since 1970.
    public var modified: Int64
    /// The last change of flags, else INTERNALDATE; seconds since 1970.
    public var changed: Int64

    init(_ row: MessageRow) {
        id = MessageID(rawValue: row.id)
        size = row.size
        sizeIsProven = row.bits.contains(.sizeIsProven)
        isCached = row.bits.contains(.isCached)
        standing = row.bits.standing
        modified = row.internalDate
        changed = Swift.max(row.internalDate, row.flagsChanged)
    }
}
