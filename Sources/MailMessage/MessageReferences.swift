/// What a message says of its place among others: Message-ID, References and In-Reply-To (RFC 5322 section 3.6.4).
public struct MessageReferences: Hashable, Sendable {
    /// Its own identifier without the angle brackets; nil where it has none.
    public let own: [UInt8]?
    /// Those of the messages that it answers, the oldest first.
    public let earlier: [[UInt8]]

    /// References, and In-Reply-To where that names what References leaves out. Some programs write In-Reply-To as a sentence, whose address
    /// of a person looks like an identifier: then it counts only where there are no References (RFC 5256 section 3), and only its last one.
    public init(_ header: Header) {
        own = header.value(of: "Message-ID").flatMap { field in
            let found = Self.scan(field)
            return found.ids.first.map { Self.identifier(field[$0]) }
        }
        var earlier = Self.identifiers(header.value(of: "References") ?? [])
        if let field = header.value(of: "In-Reply-To") {
            let answered = Self.scan(Self.few(field))
            let bare = Self.identifiers(Self.few(field))
            if !answered.isSentence {
                earlier += bare.filter { !earlier.contains($0) }
            } else if earlier.isEmpty {
                earlier += bare.suffix(1)
            }
        }
        self.earlier = earlier
    }

    /// Identifiers that are kept of a field: the oldest, which name the conversation, and the last, which name what is answered.
    static let first = 2
    static let last = 8
    /// Octets of one, and of those that are kept of a field. What is longer was written to do harm.
    static let longest = 512
    static let room = 2 << 10

    /// The same field in few octets, whatever its length; one pass over it.
    ///
    /// ```swift
    /// MessageReferences.few(Array("<1@x> <2@x> ... <10000@x>".utf8))    // "<1@x> <2@x> <9993@x> ... <10000@x>"
    /// ```
    public static func few(_ field: [UInt8]) -> [UInt8] {
        guard field.count > room else { return field }
        var few: [UInt8] = []
        for id in identifiers(field) {
            if !few.isEmpty { few.append(0x20) }
            few += [UInt8(ascii: "<")] + id + [UInt8(ascii: ">")]
        }
        return few
    }

    /// The two fields as whole lines, each with the identifiers that matter; empty where there are none.
    public static func lines(of header: Header) -> [UInt8] {
        var lines: [UInt8] = []
        for name in ["References", "In-Reply-To"] {
            guard let value = header.value(of: name).map(few), !value.isEmpty else { continue }
            lines += Array("\(name): ".utf8) + value + [0x0D, 0x0A]
        }
        return lines
    }

    private static func identifiers(_ field: [UInt8]) -> [[UInt8]] {
        let ids = scan(field).ids
        let newest = ids.suffix(ids.count > last + first ? last : max(0, ids.count - first))
        var kept: [[UInt8]] = []
        var octets = 0
        func take(_ range: Range<Int>) -> [UInt8]? {
            let id = identifier(field[range])
            guard octets + id.count + 3 <= room else { return nil }
            octets += id.count + 3
            return id
        }
        // What is longest known first.
        let oldest = ids.prefix(first).compactMap(take)
        for range in newest.reversed() {
            guard let id = take(range) else { continue }
            kept.append(id)
        }
        return oldest + kept.reversed()
    }

    /// `id-left "@" id-right`, without blanks, which obsolete forms have in it.
    private static func identifier(_ octets: ArraySlice<UInt8>) -> [UInt8] { octets.filter { $0 > 0x20 } }

    /// Where the identifiers stand, without their brackets, and whether there are words beside them.
    ///
    /// `msg-id = "<" id-left "@" id-right ">"`; a field without any bracket is taken apart at its blanks.
    private static func scan(_ field: [UInt8]) -> (ids: [Range<Int>], isSentence: Bool) {
        guard field.contains(UInt8(ascii: "<")) else { return (words(field), false) }
        var ids: [Range<Int>] = []
        var isSentence = false
        var start: Int?
        for (index, octet) in field.enumerated() {
            switch octet {
            case UInt8(ascii: "<"): start = index + 1
            case UInt8(ascii: ">"):
                if let start, index > start, index - start <= longest,
                    field[start..<index].contains(where: { $0 > 0x20 })
                {
                    ids.append(start..<index)
                }
                start = nil
            case 0...0x20, UInt8(ascii: ","): break
            default: if start == nil { isSentence = true }
            }
        }
        return (ids, isSentence)
    }

    private static func words(_ field: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start = 0
        for index in 0...field.count
        where index == field.count || field[index] <= 0x20 || field[index] == UInt8(ascii: ",") {
            if index > start, index - start <= longest, field[start..<index].contains(UInt8(ascii: "@")) {
                words.append(start..<index)
            }
            start = index + 1
        }
        return words
    }
}
