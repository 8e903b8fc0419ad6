/// Cuts an address list into mailboxes, one pass over the bytes for all of them.
///
/// ```
/// address     = mailbox / group
/// mailbox     = [display-name] "<" [route] addr-spec ">" / addr-spec
/// group       = display-name ":" [mailbox-list] ";"
/// ```
struct AddressParser {
    /// The undecoded parts of one mailbox; empty where it has none.
    struct Mailbox {
        var display: [UInt8] = []
        var comment: [UInt8] = []
        var address: [UInt8] = []
    }

    /// A word of a phrase: as written, and with its quotes taken off.
    private struct Word {
        var written: [UInt8] = []
        var plain: [UInt8] = []
    }

    private let bytes: [UInt8]
    private var index = 0
    private var scanner: EncodedWord.Scanner
    /// Where the last `;` stands: a `:` ahead of it may open a group, one behind it is a stray.
    private let lastGroupEnd: Int
    /// A quotation mark that was not closed: no later one is either, so none is searched for.
    private var quotesEnd = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        scanner = EncodedWord.Scanner(bytes)
        lastGroupEnd = bytes.lastIndex(of: UInt8(ascii: ";")) ?? -1
    }

    /// The next mailbox that has anything in it; nil at the end.
    mutating func next() -> Mailbox? {
        var words: [Word] = []
        var inWord = false
        var comment: [UInt8] = []
        var angle: [UInt8]?

        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ";"):
                index += 1
                if let mailbox = Self.mailbox(words, comment, angle) { return mailbox }
                words = []
                comment = []
                angle = nil
                inWord = false
            case UInt8(ascii: ":") where index < lastGroupEnd && angle == nil:
                index += 1
                words = []
                comment = []
                inWord = false
            case UInt8(ascii: "("):
                let found = readComment()
                if comment.isEmpty { comment = found }
                inWord = false
            case UInt8(ascii: "<"):
                // A bracket without an address was part of a name.
                if let wrong = angle, !wrong.contains(UInt8(ascii: "@")) {
                    words.append(Word(written: wrong, plain: wrong))
                    angle = nil
                }
                let found = readAngle()
                if angle == nil { angle = found }
                inWord = false
            case UInt8(ascii: "\""):
                let (written, plain) = readQuoted()
                if !inWord { words.append(Word()) }
                inWord = true
                words[words.count - 1].written += written
                words[words.count - 1].plain += plain
            case _ where isBlank(byte):
                index += 1
                inWord = false
            default:
                if !inWord { words.append(Word()) }
                inWord = true
                let range = readAtom()
                words[words.count - 1].written += bytes[range]
                words[words.count - 1].plain += bytes[range]
            }
        }
        return Self.mailbox(words, comment, angle)
    }

    private static func mailbox(_ words: [Word], _ comment: [UInt8], _ angle: [UInt8]?) -> Mailbox? {
        var mailbox = Mailbox(comment: comment)
        if let angle {
            mailbox.address = withoutRoute(angle)
            mailbox.display = Array(words.map(\.plain).joined(separator: [0x20]))
        } else if let position = words.firstIndex(where: { $0.written.contains(UInt8(ascii: "@")) }) {
            mailbox.address = words[position].written
            var others = words
            others.remove(at: position)
            mailbox.display = Array(others.map(\.plain).joined(separator: [0x20]))
        } else {
            mailbox.address = Array(words.map(\.plain).joined(separator: [0x20]))
        }
        let isEmpty = mailbox.address.isEmpty && mailbox.display.isEmpty && mailbox.comment.isEmpty
        return isEmpty ? nil : mailbox
    }

    /// `route = "@" domain *("," "@" domain) ":"` (RFC 5322 section 4.4, `obs-route`).
    private static func withoutRoute(_ address: [UInt8]) -> [UInt8] {
        guard address.first == UInt8(ascii: "@"), let colon = address.firstIndex(of: UInt8(ascii: ":")) else {
            return address
        }
        return Array(address[(colon + 1)...])
    }

    /// From the opening parenthesis to the one that closes it, or to the end; nested ones are part of the text.
    private mutating func readComment() -> [UInt8] {
        var content: [UInt8] = []
        var depth = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\\"), index < bytes.count {
                content.append(bytes[index])
                index += 1
                continue
            }
            if byte == UInt8(ascii: "(") {
                depth += 1
                if depth == 1 { continue }
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { break }
            }
            content.append(byte)
        }
        return content
    }

    /// What stands between the angle brackets, without blanks and comments; up to the next address or the end where
    /// none closes it.
    private mutating func readAngle() -> [UInt8] {
        var content: [UInt8] = []
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: ">"):
                index += 1
                while index < bytes.count, bytes[index] == UInt8(ascii: ">") { index += 1 }
                return content
            case UInt8(ascii: ",") where content.first != UInt8(ascii: "@"), UInt8(ascii: ";"):
                return content
            case UInt8(ascii: "\""):
                content += readQuoted().written
            case UInt8(ascii: "("):
                _ = readComment()
            case UInt8(ascii: "<"),
                _ where isBlank(byte):
                index += 1
            default:
                content.append(byte)
                index += 1
            }
        }
        return content
    }

    /// A quoted string with and without its quotes; where it is not closed, the quotation mark is passed over.
    private mutating func readQuoted() -> (written: [UInt8], plain: [UInt8]) {
        let start = index
        index += 1
        guard !quotesEnd else { return ([], []) }
        var plain: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return (Array(bytes[start..<index]), plain) }
            if byte == UInt8(ascii: "\\"), index < bytes.count {
                plain.append(bytes[index])
                index += 1
            } else {
                plain.append(byte)
            }
        }
        quotesEnd = true
        index = start + 1
        return ([], [])
    }

    /// Up to the next special; an encoded word and a domain literal are taken whole.
    private mutating func readAtom() -> Range<Int> {
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: "<"), UInt8(ascii: "\""):
                return start..<index
            case UInt8(ascii: ":") where index < lastGroupEnd && index > start:
                return start..<index
            case UInt8(ascii: "["):
                index = endOfLiteral(from: index) ?? index + 1
            case UInt8(ascii: "="):
                if let word = scanner.word(at: index), !bytes[index..<word.end].contains(where: isBlank) {
                    index = word.end
                } else {
                    index += 1
                }
            case let byte where isBlank(byte):
                return start..<index
            default:
                index += 1
            }
        }
        return start..<index
    }

    /// `domain-literal = "[" *dtext "]"`; nil where the bracket opens none.
    private func endOfLiteral(from start: Int) -> Int? {
        for (offset, byte) in bytes[(start + 1)...].prefix(256).enumerated() {
            if byte == UInt8(ascii: "]") { return start + 2 + offset }
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: ",") || isBlank(byte) { return nil }
        }
        return nil
    }
}
