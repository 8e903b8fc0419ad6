/// The epoch of a mailbox's UIDs: where it changes, every UID known before is void (RFC 3501 section 2.3.1.1).
///
/// ```
/// S: * OK [UIDVALIDITY 3857529045] UIDs valid       UIDValidity(3857529045)
/// ```
public struct UIDValidity: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// 1 to 4,294,967,295.
    public let rawValue: UInt32

    /// nil for 0, which no mailbox has.
    public init?(rawValue: UInt32) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    /// nil for 0, which no mailbox has.
    public init?(_ value: UInt32) {
        self.init(rawValue: value)
    }

    public var description: String { String(rawValue) }
}

extension UIDValidity {
    /// The smallest.
    public static let first = UIDValidity(unchecked: 1)

    private init(unchecked value: UInt32) {
        rawValue = value
    }
}
