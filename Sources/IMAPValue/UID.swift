/// A unique identifier of a message in one mailbox and one validity epoch (RFC 3501 section 2.3.1.1).
///
/// ```
/// S: * 12 FETCH (UID 4827 FLAGS (\Seen))       UID(4827)
/// ```
public struct UID: Hashable, Sendable, Comparable, RawRepresentable, CustomStringConvertible {
    /// 1 to 4,294,967,295.
    public let rawValue: UInt32

    /// nil for 0, which no message has.
    @inlinable
    public init?(rawValue: UInt32) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    /// nil for 0, which no message has.
    @inlinable
    public init?(_ value: UInt32) {
        self.init(rawValue: value)
    }

    public static let min = UID(unchecked: 1)
    public static let max = UID(unchecked: .max)

    /// The UID after this one; nil after the largest.
    public var next: UID? {
        rawValue == .max ? nil : UID(unchecked: rawValue + 1)
    }

    @inlinable
    public static func < (left: UID, right: UID) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String { String(rawValue) }

    init(unchecked value: UInt32) {
        rawValue = value
    }
}
