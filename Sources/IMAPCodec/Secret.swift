/// Octets that no description, log or dump shows.
///
/// ```
/// "\(Secret(Array("wonderland".utf8)))"       "<secret>"
/// ```
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The octets themselves, for the one place that sends or hashes them.
    public func reveal() -> [UInt8] { bytes }

    public var isEmpty: Bool { bytes.isEmpty }

    public var description: String { "<secret>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
