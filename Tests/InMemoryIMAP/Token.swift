/// A piece of a command as it came: text between literals, or a literal.
enum Piece: Sendable {
    case text([UInt8])
    case literal([UInt8], binary: Bool)
}

/// The arguments of a command, after RFC 3501 section 9.
enum Token: Sendable {
    /// Also numbers, sets, flags and `BODY[...]<...>` as a whole.
    case atom(String)
    case quoted([UInt8])
    case literal([UInt8], binary: Bool)
    case list([Token])
}

/// What a command gets instead of OK: the text after the tag.
struct Refusal: Error {
    let text: String

    static func bad(_ text: String) -> Refusal { Refusal(text: "BAD " + text) }
    static func no(_ text: String) -> Refusal { Refusal(text: "NO " + text) }
}

/// Reads tokens, one space between two, no space elsewhere: what the grammar does not allow is refused, so that
/// a client's slip shows.
struct Tokenizer {
    private enum Element {
        case byte(UInt8)
        case literal([UInt8], binary: Bool)
    }

    private let elements: [Element]
    private var index = 0
    private static let deepest = 20

    init(_ pieces: [Piece]) {
        elements = pieces.flatMap { piece -> [Element] in
            switch piece {
            case .text(let bytes): bytes.map(Element.byte)
            case .literal(let bytes, let binary): [.literal(bytes, binary: binary)]
            }
        }
    }

    static func tokens(_ pieces: [Piece]) throws(Refusal) -> [Token] {
        var tokenizer = Tokenizer(pieces)
        let tokens = try tokenizer.sequence(depth: 0)
        if tokenizer.index < tokenizer.elements.count { throw .bad("Unexpected closing parenthesis") }
        return tokens
    }

    private var byte: UInt8? {
        guard index < elements.count, case .byte(let byte) = elements[index] else { return nil }
        return byte
    }

    private mutating func sequence(depth: Int) throws(Refusal) -> [Token] {
        if depth > Self.deepest { throw .bad("Too many parentheses") }
        var tokens: [Token] = []
        if index == elements.count || byte == UInt8(ascii: ")") { return tokens }
        while true {
            tokens.append(try token(depth: depth))
            if index == elements.count || byte == UInt8(ascii: ")") { return tokens }
            guard byte == UInt8(ascii: " ") else { throw .bad("Expected a space") }
            index += 1
        }
    }

    private mutating func token(depth: Int) throws(Refusal) -> Token {
        guard index < elements.count else { throw .bad("Missing argument") }
        switch elements[index] {
        case .literal(let bytes, let binary):
            index += 1
            return .literal(bytes, binary: binary)
        case .byte(UInt8(ascii: "(")):
            index += 1
            let list = try sequence(depth: depth + 1)
            guard byte == UInt8(ascii: ")") else { throw .bad("Missing closing parenthesis") }
            index += 1
            return .list(list)
        case .byte(UInt8(ascii: "\"")):
            return .quoted(try quoted())
        case .byte:
            return .atom(try atom())
        }
    }

    private mutating func quoted() throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        index += 1
        while let next = byte {
            index += 1
            switch next {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"):
                guard let escaped = byte, escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "\"") else {
                    throw .bad("Wrong escape in a quoted string")
                }
                bytes.append(escaped)
                index += 1
            case 0, 0x0A, 0x0D: throw .bad("Control character in a quoted string")
            case 0x80...: throw .bad("8-bit byte in a quoted string")
            default: bytes.append(next)
            }
        }
        throw .bad("Unfinished quoted string")
    }

    private mutating func atom() throws(Refusal) -> String {
        var bytes: [UInt8] = []
        while let next = byte, next != UInt8(ascii: " "), next != UInt8(ascii: "("), next != UInt8(ascii: ")") {
            if next == UInt8(ascii: "["), bytes.uppercasedASCII.starts(with: [UInt8]("BODY".utf8)) {
                repeat {
                    guard let inner = byte else { throw .bad("Unfinished section") }
                    bytes.append(inner)
                    index += 1
                } while bytes.last != UInt8(ascii: "]")
                continue
            }
            guard next > 0x20, next < 0x7F, next != UInt8(ascii: "\""), next != UInt8(ascii: "{") else {
                throw .bad("Character that needs quoting")
            }
            bytes.append(next)
            index += 1
        }
        if bytes.isEmpty { throw .bad("Missing argument") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
