/// Which part of a message (RFC 3501 section 6.4.5): positions counted from 1, from the outermost multipart on.
///
/// ```
/// 2.1       the first part of the second one
/// ```
public struct PartNumber: Hashable, Sendable {
    public let positions: [UInt32]

    /// nil where there is no position, one is 0, or there are more than `limit`.
    public init?(_ positions: [UInt32]) {
        guard !positions.isEmpty, positions.count <= Self.limit, !positions.contains(0) else { return nil }
        self.positions = positions
    }

    /// Parts inside of each other that are told apart.
    public static let limit = 100
}

extension PartNumber: CustomStringConvertible {
    public var description: String { positions.map(String.init).joined(separator: ".") }
}
