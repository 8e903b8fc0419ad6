/// The tags of one connection's commands: never one twice (RFC 3501 section 2.2.1).
///
/// ```
/// A1, A2, A3, …
/// ```
public struct TagSequence: Sendable {
    private var last: UInt64 = 0

    public init() {}

    public mutating func next() -> String {
        last &+= 1
        return "A\(last)"
    }
}
