/// A command as it goes over the wire, in the order of sending.
///
/// ```
/// C: A3 APPEND saved () {310}       [.bytes, .awaitContinuation, .content(index: 0, octets: 310), .bytes]
/// ```
public struct EncodedCommand: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public enum Part: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// May hold a password.
        case bytes([UInt8])
        /// Send nothing more until the server's `+`; where it answers the command with NO or BAD instead, send nothing at all.
        case awaitContinuation
        /// The octets of the message with this index in an APPEND: exactly so many.
        case content(index: Int, octets: UInt64)

        public var description: String {
            switch self {
            case .bytes(let bytes): "\(bytes.count) octets"
            case .awaitContinuation: "await continuation"
            case .content(let index, let octets): "message \(index) of \(octets) octets"
            }
        }
        public var debugDescription: String { description }
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    public var parts: [Part]
    /// For logs: the command as sent, without its last line end, secrets and messages replaced.
    public let description: String

    public init(parts: [Part], description: String) {
        self.parts = parts
        self.description = description
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
