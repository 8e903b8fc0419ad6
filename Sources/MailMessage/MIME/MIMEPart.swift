/// One part of a message (RFC 2045, RFC 2046): a leaf with content, or one that holds parts. Ranges are of the message's octets.
public struct MIMEPart: Sendable {
    public enum Content: Sendable {
        /// Octets in a transfer encoding.
        case leaf
        /// `multipart/*`, taken apart at its boundary.
        case multipart([MIMEPart])
        /// `message/rfc822` and its like: the one part is the message inside.
        case message([MIMEPart])
    }

    /// The header fields, without the empty line.
    public var header: Range<Int>
    /// What stands behind the empty line; without the line end that belongs to a boundary (RFC 2046 section 5.1.1).
    public var body: Range<Int>
    public var type: ContentType
    public var encoding: TransferEncoding
    public var content: Content

    /// The parts inside; none of a leaf.
    public var children: [MIMEPart] {
        switch content {
        case .leaf: []
        case .multipart(let parts), .message(let parts): parts
        }
    }

    /// Whether it was taken apart.
    public var isContainer: Bool {
        switch content {
        case .leaf: false
        case .multipart, .message: true
        }
    }

    /// Its header.
    public func fields(in message: [UInt8]) -> Header { Header(Self.header(message, header)) }

    /// The content of a leaf as it was before it was encoded; of a container, its octets.
    public func decoded(in message: [UInt8]) -> [UInt8] {
        let octets = message[body]
        guard case .leaf = content else { return Array(octets) }
        return encoding.decode(octets)
    }

    /// The name that its sender gave it, in Content-Disposition or, failing that, in Content-Type; decoded, not made safe.
    public func fileName(in message: [UInt8]) -> String? {
        let fields = fields(in: message)
        let disposition = fields.value(of: "Content-Disposition").map(MIMEParameters.init)
        return
            (disposition?["filename"] ?? disposition?["name"] ?? type.parameters["name"]
            ?? type.parameters["filename"]).map(\.text)
    }

    /// Whether its sender meant it to be kept apart from the text (RFC 2183).
    public func isAttachment(in message: [UInt8]) -> Bool {
        guard let value = fields(in: message).value(of: "Content-Disposition") else { return false }
        return MIMEParameters(value).value.elementsEqual("attachment".utf8)
    }

    /// Header octets for ``Header``, which knows no line ends of a CR alone.
    static func header(_ message: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var octets = Array(message[range])
        var index = 0
        while index < octets.count {
            let isLast = index + 1 == octets.count
            if octets[index] == 0x0D, isLast || octets[index + 1] != 0x0A { octets[index] = 0x0A }
            index += 1
        }
        return octets
    }
}
