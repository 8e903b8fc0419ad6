/// A command with its tag, name (upper case, `UID` included) and arguments.
struct Command: Sendable {
    let tag: String
    let name: String
    let tokens: [Token]
    /// One line, literals abbreviated to their length.
    let text: String

    static func abbreviated(_ pieces: [Piece]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let bytes): String(decoding: bytes, as: UTF8.self)
            case .literal(let bytes, _): "{\(bytes.count)}"
            }
        }.joined()
    }
}

/// The first words of a command, good enough to answer with the right tag where the rest is wrong.
struct CommandHead {
    let tag: String
    let name: String
    /// What follows the name and a space; nil where there are no arguments.
    let rest: [Piece]?

    init?(_ pieces: [Piece]) {
        guard case .text(let line)? = pieces.first else { return nil }
        var words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, !words[0].isEmpty, !words[1].isEmpty,
            words[0].allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"(){%*\"\\+".utf8.contains($0) })
        else { return nil }
        tag = String(decoding: words[0], as: UTF8.self)
        var name = String(decoding: words[1], as: UTF8.self).uppercased()
        if name == "UID", words.count == 3 {
            let more = words[2].split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
            name += " " + String(decoding: more[0], as: UTF8.self).uppercased()
            words.removeLast()
            if more.count == 2 { words.append(more[1]) }
        }
        self.name = name
        rest = words.count == 3 ? [.text([UInt8](words[2]))] + pieces.dropFirst() : nil
    }

    func command(_ pieces: [Piece]) throws(Refusal) -> Command {
        let tokens: [Token]
        if let rest {
            tokens = try Tokenizer.tokens(rest)
            if tokens.isEmpty { throw .bad("Missing argument") }
        } else {
            tokens = []
        }
        return Command(tag: tag, name: name, tokens: tokens, text: Command.abbreviated(pieces))
    }
}
