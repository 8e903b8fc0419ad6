/// How often the size that the server claims of a message was the length of what it sent.
public struct SizeClaims: Hashable, Sendable {
    /// Counted up to `enough`.
    public private(set) var right = 0
    public private(set) var wrong = 0

    /// So many messages without one that differed, and the claims of this server are believed.
    public static let enough = 256

    init() {}

    /// As it was stored; begins anew where it cannot be read.
    init(_ text: String?) {
        let numbers = (text ?? "").split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2, let right = numbers.first, let wrong = numbers.last, right >= 0, wrong >= 0 else {
            return
        }
        (self.right, self.wrong) = (min(right, Self.enough), wrong)
    }

    var text: String { "\(right) \(wrong)" }

    public var areBelieved: Bool { wrong == 0 && right >= Self.enough }

    mutating func note(isRight: Bool) {
        if isRight { right = min(right + 1, Self.enough) } else { wrong = min(wrong + 1, Self.enough) }
    }

    mutating func add(_ other: SizeClaims) {
        right = min(right + other.right, Self.enough)
        wrong = min(wrong + other.wrong, Self.enough)
    }
}
