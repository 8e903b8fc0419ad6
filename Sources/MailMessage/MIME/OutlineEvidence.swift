/// All that an outline is made of.
public struct OutlineEvidence: Sendable {
    public var structure: PartClaim
    /// Octets of the message.
    public var size: UInt64
    /// Of the message, its empty line included.
    public var header: [UInt8]
    /// Of the parts, by section, each with its empty line.
    public var headers: [[Int]: [UInt8]]
    /// Octets of leaves before they were encoded, by section, where the server tells (RFC 3516, BINARY.SIZE).
    public var decodedLengths: [[Int]: UInt64]
    /// The first octets behind the header.
    public var beginning: [UInt8]
    /// The last octets of the message.
    public var end: [UInt8]

    public init(
        structure: PartClaim, size: UInt64, header: [UInt8], headers: [[Int]: [UInt8]],
        decodedLengths: [[Int]: UInt64] = [:], beginning: [UInt8], end: [UInt8]
    ) {
        self.structure = structure
        self.size = size
        self.header = header
        self.headers = headers
        self.decodedLengths = decodedLengths
        self.beginning = beginning
        self.end = end
    }
}
