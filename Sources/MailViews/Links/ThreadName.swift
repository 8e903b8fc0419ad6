internal import MailModel
internal import MailTree

/// What the directory of a conversation is called: `SUBJECT.id`, as the files of messages are. The id comes from the identifier that the
/// conversation began with.
enum ThreadName {
    /// Octets at most.
    static let limit = 200

    /// The subject's part of it, as much as there is room for; at least one octet.
    static func subject(_ text: String) -> [UInt8] {
        // What a shell takes for something else at the beginning of a word.
        let safe = ShellSafe.component(String(text.prefix(limit))).drop { $0 == "=" || $0 == "-" }
        var name = safe.utf8.prefix(limit - tagLength)
        // Whole characters.
        while !name.isEmpty, let next = safe.utf8.dropFirst(name.count).first, next & 0xC0 == 0x80 { name.removeLast() }
        return name.isEmpty ? Array("no-subject".utf8) : Array(name)
    }

    /// A dot, and the six characters of a tag.
    private static let tagLength = 7

    static func name(subject: some Sequence<UInt8>, origin: UInt64) -> [UInt8] {
        // Spread over the bits that a tag is made of.
        let mixed = (origin ^ origin >> 29) &* 0x9E37_79B9_7F4A_7C15
        return Array(subject) + [UInt8(ascii: ".")] + MessageTag(MessageIdentity(high: mixed, low: 0)).octets
    }

    /// What one of several that would be called the same is called.
    static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] { name + Array("-\(number)".utf8) }
}
