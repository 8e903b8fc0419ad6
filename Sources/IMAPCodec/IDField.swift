/// A name and value that client or server tell of themselves (RFC 2971 section 3.3).
///
/// ```
/// S: * ID ("name" "Cyrus" "os" NIL)
/// ```
public struct IDField: Sendable, Hashable {
    /// At most 30 octets when sent.
    public var name: String
    /// At most 1,024 octets when sent; nil is NIL.
    public var value: String?

    public init(_ name: String, _ value: String?) {
        self.name = name
        self.value = value
    }
}
