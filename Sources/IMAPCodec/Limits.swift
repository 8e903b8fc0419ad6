/// Bounds on everything that a server may send; what exceeds one costs the response or the connection, never the process.
public struct Limits: Hashable, Sendable {
    /// Octets of one response without its streamed literals, line ends included.
    public var response = 10 << 20
    /// Octets of a literal that is kept inside its response; a longer one is streamed. The framer and the parser of one
    /// connection must agree on it, because it says whether the octets follow `{n}` in a frame.
    public var inlineLiteral = 256 << 10
    /// Octets of any literal: what is longer is refused. Literals are streamed, so this bounds no memory.
    public var literal: UInt64 = 256 << 20
    /// Literals in one response.
    public var literals = 1_000
    /// Words of one list: flags, capabilities, attributes, fields.
    public var words = 10_000
    /// Numbers of a search, ranges of a set of UIDs.
    public var numbers = 1 << 20
    /// Parentheses inside each other.
    public var nesting = 64

    public init() {}
}
