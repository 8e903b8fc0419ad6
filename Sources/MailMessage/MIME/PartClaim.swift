/// What a server says of a part of a message that was not fetched.
public struct PartClaim: Sendable {
    public enum Content: Sendable {
        /// So many octets, as they are encoded.
        case leaf(octets: UInt64)
        case multipart([PartClaim])
    }

    /// In lower case: `text`.
    public var type: String
    /// In lower case.
    public var subtype: String
    /// Content-Transfer-Encoding; of a leaf.
    public var encoding: String
    public var content: Content

    public init(type: String, subtype: String, encoding: String = "", _ content: Content) {
        self.type = type
        self.subtype = subtype
        self.encoding = encoding
        self.content = content
    }

    /// The sections of all its parts, those that hold parts too, in order (RFC 3501 section 6.4.5): positions counted from 1. A message
    /// without parts is its own part 1.
    ///
    /// - Parameter section: its own; empty for the message.
    public func sections(in section: [Int] = []) -> [[Int]] {
        switch content {
        case .leaf: section.isEmpty ? [[1]] : []
        case .multipart(let parts):
            parts.enumerated().flatMap { place, part in
                [section + [place + 1]] + part.sections(in: section + [place + 1])
            }
        }
    }
}
