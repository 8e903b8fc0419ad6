/// One whole response as it came over the wire, its last line end not included.
///
/// Literals are inside as `{n}`, line end and n octets. A literal longer than `Limits.inlineLiteral` was streamed: its octets
/// are missing, and the text goes on right after the line end of `{n}`.
///
/// ```
/// S: * 2 EXISTS       Frame of 10 octets
/// ```
public struct Frame {
    /// Valid only as long as the source of the frame says: for `ResponseFramer`, during the call of its handler.
    public let bytes: UnsafeRawBufferPointer

    public init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }
}

/// A literal whose octets pass by instead of being collected (RFC 3501 section 4.3).
public struct StreamedLiteral {
    /// What `{n}` announced.
    public let octets: UInt64
    /// The response so far, `{n}` included, its line end not. Valid during the call of the handler only.
    public let prefix: UnsafeRawBufferPointer

    public init(octets: UInt64, prefix: UnsafeRawBufferPointer) {
        self.octets = octets
        self.prefix = prefix
    }
}

/// What `ResponseFramer` found. A streamed literal is one `literalBegan`, pieces of at least one octet that add up to its
/// length, and one `literalEnded`; the response that it belongs to comes after it.
public enum FramingEvent {
    case response(Frame)
    case literalBegan(StreamedLiteral)
    case literalBytes(UnsafeRawBufferPointer)
    case literalEnded
}
