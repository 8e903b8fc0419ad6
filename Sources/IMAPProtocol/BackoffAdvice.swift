public import IMAPCodec

/// How a server says that it wants to be left alone.
public enum BackoffAdvice {
    /// The longest wait that a server can impose, in seconds.
    public static let mostSeconds = 86_400

    /// Seconds of `Suggested Backoff Time: 299961 milliseconds`, rounded up; nil where the text has none.
    ///
    /// Office 365 says it in the text of NO or BYE, where no code carries it: the only text that a decision hangs on.
    public static func seconds(in text: String) -> Int? {
        let phrase = "suggested backoff time:"
        let lower = Array(text.utf8).map { (65...90).contains($0) ? $0 + 32 : $0 }
        let wanted = Array(phrase.utf8)
        guard lower.count > wanted.count else { return nil }
        for start in 0...(lower.count - wanted.count) where lower[start...].starts(with: wanted) {
            let rest = lower[(start + wanted.count)...].drop { $0 == UInt8(ascii: " ") }
            let digits = rest.prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            let unit = rest.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
            let value = digits.reduce(0 as UInt64) { total, digit in
                min(total * 10 + UInt64(digit - 48), UInt64(mostSeconds) * 1_000)
            }
            let seconds = unit.starts(with: "second".utf8) ? value : (value + 999) / 1_000
            return Int(min(seconds, UInt64(mostSeconds)))
        }
        return nil
    }

    /// Whether this NO, BAD or BYE means "not now" rather than "no" (RFC 5530 UNAVAILABLE and INUSE, RFC 9051 LIMIT, or
    /// the phrase above).
    public static func isThrottling(_ status: StatusResponse) -> Bool {
        guard status.kind != .ok, status.kind != .preauth else { return false }
        switch status.code {
        case .limit, .unavailable, .inUse: return true
        default: return seconds(in: status.text) != nil
        }
    }
}
