public import IMAPValue

/// A message to be appended; its octets come from the driver when the command says so (RFC 3501 section 6.3.11).
public struct AppendMessage: Sendable, Hashable {
    public var flags: Flags
    /// Seconds since 1970; nil: the time of arrival.
    public var internalDate: Int64?
    /// The exact number of octets that will follow.
    public var octets: UInt64

    public init(flags: Flags = Flags(), internalDate: Int64? = nil, octets: UInt64) {
        self.flags = flags
        self.internalDate = internalDate
        self.octets = octets
    }
}
