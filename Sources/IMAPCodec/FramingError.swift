/// Where a response ends can no longer be known, or only with more memory than allowed: the connection must be closed.
public enum FramingError: Error, Hashable, Sendable {
    /// Octets of one response; `actual` is what had come, or was announced by a literal, when it was refused.
    case responseTooLong(limit: Int, actual: Int)
    /// Octets of one literal; `actual` is `UInt64.max` for a number that is larger still.
    case literalTooLong(limit: UInt64, actual: UInt64)
    /// Literals in one response.
    case tooManyLiterals(limit: Int)
}
