/// A modification sequence: every change of a message's metadata gives it a larger one (RFC 7162 section 3.1).
///
/// ```
/// S: * OK [HIGHESTMODSEQ 715194045007] Ok       ModSequence(715194045007)
/// ```
public struct ModSequence: Hashable, Sendable, Comparable, RawRepresentable, CustomStringConvertible {
    /// 1 to 2^63 - 1.
    public let rawValue: UInt64

    /// nil for 0 (`NOMODSEQ`) and above 2^63 - 1, which RFC 7162 rules out.
    public init?(rawValue: UInt64) {
        guard rawValue > 0, rawValue <= UInt64(Int64.max) else { return nil }
        self.rawValue = rawValue
    }

    /// nil for 0 (`NOMODSEQ`) and above 2^63 - 1, which RFC 7162 rules out.
    public init?(_ value: UInt64) {
        self.init(rawValue: value)
    }

    public static func < (left: ModSequence, right: ModSequence) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String { String(rawValue) }
}
