/// Alterations that real and hostile servers have been seen to make.
extension Misbehaviour.Action {
    /// As `replace`, from text.
    public static func replaceText(_ text: String) -> Self { .replace([UInt8](text.utf8)) }

    /// Raw bytes before the answer; they bring their own line ends.
    public static func insert(_ bytes: [UInt8]) -> Self { .alter { $0.untagged.insert(bytes, at: 0) } }

    /// Whole lines before the answer.
    public static func insert(lines: [String]) -> Self { insert([UInt8](lines.map { $0 + "\r\n" }.joined().utf8)) }

    /// Whole lines between the untagged data and the tagged line.
    public static func append(lines: [String]) -> Self {
        .alter { $0.untagged.append([UInt8](lines.map { $0 + "\r\n" }.joined().utf8)) }
    }

    /// The command was obeyed, but its tagged line has this text.
    public static func completion(_ text: String) -> Self { .alter { $0.completion = text } }

    /// Leaves out each untagged response with this text in it, in any case.
    public static func omit(_ text: String) -> Self { .alter { $0.omit(containing: text) } }

    /// Replaces a text wherever it occurs, also in the tagged line.
    public static func substitute(_ old: String, _ new: String) -> Self {
        .alter { answer in
            answer.untagged = answer.untagged.map { $0.replacing([UInt8](old.utf8), by: [UInt8](new.utf8)) }
            if let text = answer.completion {
                answer.completion = String(
                    decoding: [UInt8](text.utf8).replacing([UInt8](old.utf8), by: [UInt8](new.utf8)), as: UTF8.self)
            }
        }
    }

    /// The first literal claims this length; its bytes follow as they are.
    public static func literalLength(_ length: UInt64) -> Self {
        .alter { answer in
            for index in answer.untagged.indices {
                let line = answer.untagged[index]
                guard let span = LiteralSpan.first(in: line) else { continue }
                answer.untagged[index] =
                    line[..<span.start] + [UInt8]("{\(length)}\r\n".utf8)
                    + line[span.content.lowerBound...]
                return
            }
        }
    }

    /// The first literal claims 2^40 octets.
    public static let hugeLiteral = literalLength(1 << 40)

    /// Each BODY[...] is NIL: the message was expunged elsewhere.
    public static let bodyNIL = bodies { _ in [UInt8]("NIL".utf8) }

    /// Each BODY[...] is an empty string.
    public static let bodyEmpty = bodies { _ in [UInt8]("\"\"".utf8) }

    /// Each BODY[...] has these octets, whatever RFC822.SIZE says.
    public static func body(_ content: [UInt8]) -> Self { bodies { _ in Wire.literal(content) } }

    /// Each BODY[...] is cut to so many octets, with the right length in front.
    public static func bodyCut(to length: Int) -> Self { bodies { Wire.literal([UInt8]($0.prefix(length))) } }

    /// Each literal becomes what `replacement` makes of its octets, which must be a string or NIL.
    public static func bodies(_ replacement: @escaping @Sendable ([UInt8]) -> [UInt8]) -> Self {
        .alter { answer in
            answer.untagged = answer.untagged.map { line in
                var result: [UInt8] = []
                var rest = 0
                while let span = LiteralSpan.first(in: line, from: rest) {
                    result += line[rest..<span.start]
                    result += replacement([UInt8](line[span.content]))
                    rest = span.content.upperBound
                }
                return result + line[rest...]
            }
        }
    }

    /// Leaves these messages out of a FETCH that ends with OK.
    public static func omitMessages(_ uids: [UInt32]) -> Self {
        .alter { answer in
            answer.untagged.removeAll { line in
                uids.contains { uid in
                    let head = [UInt8](line.prefix(4096))
                    return [" ", ")"].contains { head.firstIndex(of: [UInt8]("UID \(uid)\($0)".utf8)) != nil }
                }
            }
        }
    }

    /// Swaps the UIDs in the FETCH responses of two messages.
    public static func swapMessages(_ first: UInt32, _ second: UInt32) -> Self {
        .alter { answer in
            answer.untagged = answer.untagged.map { line in
                for (old, new) in [(first, second), (second, first)] {
                    for end in [" ", ")"] {
                        let pattern = [UInt8]("UID \(old)\(end)".utf8)
                        if line.firstIndex(of: pattern) != nil {
                            return line.replacing(pattern, by: [UInt8]("UID \(new)\(end)".utf8))
                        }
                    }
                }
                return line
            }
        }
    }

    /// Adds folders to LIST, each name sent as a literal: `../../etc`, `.`, an empty one, with NUL or line ends.
    public static func folders(_ names: [[UInt8]], attributes: String = "\\HasNoChildren") -> Self {
        .alter { answer in
            for name in names {
                answer.untagged.append(
                    [UInt8]("* LIST (\(attributes)) \"/\" ".utf8) + Wire.literal(name) + [0x0D, 0x0A])
            }
        }
    }

    /// HIGHESTMODSEQ in the answer, as if the server were restored from an old copy.
    public static func highestModSeq(_ value: UInt64) -> Self {
        .alter { answer in
            answer.untagged = answer.untagged.map { line in
                let text = String(decoding: line, as: UTF8.self)
                guard text.contains("[HIGHESTMODSEQ ") else { return line }
                return [UInt8]("* OK [HIGHESTMODSEQ \(value)] Highest\r\n".utf8)
            }
        }
    }

    /// All messages are said to have vanished before the answer.
    public static let everythingVanished = insert(lines: ["* VANISHED 1:4294967295"])

    /// ENABLE is obeyed and not confirmed.
    public static let noEnabled = omit("* ENABLED")
    public static let noUIDNext = omit("[UIDNEXT")
    public static let noUIDValidity = omit("[UIDVALIDITY")
    public static let uidNotSticky = append(lines: ["* NO [UIDNOTSTICKY] UIDs do not last"])

    /// A list in a list in a list, unclosed.
    public static func deepNesting(_ depth: Int) -> Self {
        insert(
            [UInt8]("* 1 FETCH (BODYSTRUCTURE ".utf8) + [UInt8](repeating: UInt8(ascii: "("), count: depth)
                + [UInt8]("\r\n".utf8))
    }

    /// One line without end.
    public static let endlessLine = endless(
        first: [UInt8]("* OK ".utf8), then: [UInt8](repeating: UInt8(ascii: "x"), count: 4096))

    /// Untagged lines without end.
    public static let endlessLines = endless(first: [], then: [UInt8]("* OK Still here\r\n".utf8))

    /// An answer to nothing: BYE, and the connection closes.
    public static func bye(_ text: String = "Shutting down") -> Self {
        .alter { answer in
            answer.untagged = [[UInt8]("* BYE \(text)\r\n".utf8)]
            answer.completion = nil
            answer.closesAfterwards = true
        }
    }

    /// Half of the first literal, and the connection closes.
    public static let cutLiteral = Misbehaviour.Action.alter { answer in
        for index in answer.untagged.indices {
            guard let span = LiteralSpan.first(in: answer.untagged[index]) else { continue }
            answer.untagged.removeSubrange((index + 1)...)
            answer.untagged[index].removeSubrange((span.content.lowerBound + span.content.count / 2)...)
            answer.completion = nil
            answer.closesAfterwards = true
            return
        }
    }
}
