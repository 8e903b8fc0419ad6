/// The flags of one message (RFC 3501 section 2.3.2). `\Recent` belongs to a session, not to the message, and is never in here.
///
/// ```
/// Flags(system: [.answered, .seen], keywords: ["$Forwarded"]).description       "\Answered \Seen $Forwarded"
/// ```
public struct Flags: Hashable, Sendable, CustomStringConvertible {
    /// The five flags that every server knows.
    public struct System: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let answered = System(rawValue: 1)
        public static let deleted = System(rawValue: 2)
        public static let draft = System(rawValue: 4)
        public static let flagged = System(rawValue: 8)
        public static let seen = System(rawValue: 16)

        /// With their names on the wire, in alphabetical order.
        public static let named: [(flag: System, name: String)] = [
            (.answered, #"\Answered"#), (.deleted, #"\Deleted"#), (.draft, #"\Draft"#), (.flagged, #"\Flagged"#),
            (.seen, #"\Seen"#),
        ]
    }

    public var system: System
    /// Everything else, extension flags with their backslash; sorted, without duplicates.
    public let keywords: [String]

    public init(system: System = [], keywords: [String] = []) {
        self.system = system
        self.keywords = keywords.count < 2 ? keywords : Set(keywords).sorted()
    }

    /// From names in any case; `\Recent` and `\*` are left out.
    public init(names: some Sequence<some StringProtocol>) {
        var system: System = []
        var keywords: [String] = []
        for name in names {
            let lower = name.lowercased()
            if let known = System.named.first(where: { $0.name.lowercased() == lower }) {
                system.insert(known.flag)
            } else if lower != #"\recent"#, lower != #"\*"#, !name.isEmpty {
                keywords.append(String(name))
            }
        }
        self.init(system: system, keywords: keywords)
    }

    /// The names, system flags first.
    public var names: [String] {
        System.named.compactMap { system.contains($0.flag) ? $0.name : nil } + keywords
    }

    public var isDeleted: Bool { system.contains(.deleted) }

    /// Separated by one blank each; read again by `init(names:)` of its split.
    public var description: String { names.joined(separator: " ") }
}
