/// The labels of a message at Gmail (X-GM-LABELS), decoded; those that the system made begin with a backslash.
///
/// ```
/// Labels(["Muy Importante", "\\Inbox"])
/// ```
public struct Labels: Hashable, Sendable {
    /// Each once without regard to case, as it was spelt first, in an order that does not depend on that of the server.
    public let names: [String]

    /// What is no name of a label is left out, and so is what is beyond the bounds.
    public init(_ names: some Sequence<String>) {
        var kept: [String: String] = [:]
        var octets = 0
        for name in names where Self.isName(name) {
            guard kept.count < Self.most, octets + name.utf8.count <= Self.mostOctets else { break }
            let key = name.lowercased()
            guard kept[key] == nil else { continue }
            kept[key] = name
            octets += name.utf8.count
        }
        self.names = kept.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Labels of one message, and octets of all of them: twice as many are still the value of an attribute.
    public static let most = 1_000
    public static let mostOctets = 24 << 10

    /// Not empty, without control characters, at most 1,024 octets of UTF-8.
    public static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 1_024
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }

    public var isEmpty: Bool { names.isEmpty }

    public func contains(_ name: String) -> Bool {
        let key = name.lowercased()
        return names.contains { $0.lowercased() == key }
    }

    public func union(_ other: Labels) -> Labels { Labels(names + other.names) }

    public func subtracting(_ other: Labels) -> Labels {
        let keys = Set(other.names.map { $0.lowercased() })
        return Labels(names.filter { !keys.contains($0.lowercased()) })
    }
}

/// How the labels of a message are to change: what others give or take meanwhile stays.
public enum LabelChange: Hashable, Sendable {
    case add(Labels)
    case remove(Labels)

    /// The labels after it.
    public func applied(to labels: Labels) -> Labels {
        switch self {
        case .add(let more): labels.union(more)
        case .remove(let less): labels.subtracting(less)
        }
    }
}
