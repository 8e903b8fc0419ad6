import MailMessage
import Testing

/// Messages without the contents of their parts, from what servers say.
@Suite("MessageOutline") struct MessageOutlineTests {
    private static func lines(_ text: String) -> [UInt8] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }

    private static let letter = lines(
        """
        Subject: letter
        Content-Type: multipart/mixed; boundary=a

        preamble
        --a
        Content-Type: text/plain; name=one.txt

        one
        --a
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: base64

        SGVs
        bG8=
        --a--
        epilogue
        """)

    /// What a server that reads as this program does would say.
    private static func evidence(of message: [UInt8] = letter) -> OutlineEvidence {
        let root = MIMEParser.parse(message)
        var headers: [[Int]: [UInt8]] = [:]
        func claim(_ part: MIMEPart, _ section: [Int]) -> PartClaim {
            headers[section] = Array(message[part.header.lowerBound..<part.body.lowerBound])
            let encoding = part.fields(in: message).value(of: "Content-Transfer-Encoding") ?? Array("7bit".utf8)
            let content: PartClaim.Content =
                switch part.content {
                case .leaf, .message: .leaf(octets: UInt64(part.body.count))
                case .multipart(let parts): .multipart(parts.enumerated().map { claim($1, section + [$0 + 1]) })
                }
            return PartClaim(
                type: part.type.type, subtype: part.type.subtype, encoding: String(decoding: encoding, as: UTF8.self),
                content)
        }
        let structure = claim(root, [])
        return OutlineEvidence(
            structure: structure, size: UInt64(message.count), header: headers[[]] ?? [], headers: headers,
            beginning: Array(message[root.body.lowerBound...].prefix(4096)), end: Array(message.suffix(4096)))
    }

    private static func with(_ change: (inout OutlineEvidence) -> Void) -> MessageOutline? {
        var evidence = evidence()
        change(&evidence)
        return MessageOutline(evidence)
    }

    @Test("it has the parts and names of the message, and takes contents of the right length only") func parts() throws
    {
        let outline = try #require(MessageOutline(Self.evidence()))
        #expect(outline.root.children.count == 2)
        #expect(outline.root.children[0].fileName(in: outline.octets) == "one.txt")
        #expect(outline.length(of: [1]) == 3 && outline.contentLength(of: [1]) == 3)
        #expect(outline.length(of: [2]) == 10 && outline.contentLength(of: [2]) == nil)
        #expect(outline.content(of: [2], encoded: Array("SGVs\r\nbG8=".utf8)) == Array("Hello".utf8))
        #expect(outline.content(of: [2], encoded: Array("SGVs\r\nbG8".utf8)) == nil)
        #expect(outline.content(of: [3], encoded: []) == nil)
        #expect(outline.length(of: []) == nil)
    }

    @Test("a part in which a boundary stands is not one part") func boundaryInside() throws {
        for inside in ["--a", "x\r--a  \rx", "x\n--a--\n"] {
            let padded = inside + String(repeating: "x", count: 20)
            let content = padded.hasPrefix("--a") ? "--a\r\n" + padded : padded
            let letter =
                Self.lines("Content-Type: multipart/mixed; boundary=a\n\n--a\n\n")
                + Array(repeating: UInt8(ascii: "y"), count: content.utf8.count) + Array("\r\n--a--\r\n".utf8)
            let outline = try #require(MessageOutline(Self.evidence(of: letter)))
            #expect(outline.content(of: [1], encoded: Array(content.utf8)) == nil)
            let other = Array(repeating: UInt8(ascii: "z"), count: content.utf8.count)
            #expect(outline.content(of: [1], encoded: other) == other)
        }
    }

    @Test("what does not add up, or is not what was sent, is no outline") func doubts() {
        #expect(Self.with { _ in } != nil)
        #expect(Self.with { $0.size += 1 } == nil)
        #expect(Self.with { $0.size -= 1 } == nil)
        #expect(Self.with { $0.headers[[2]] = nil } == nil)
        #expect(Self.with { $0.headers[[1]] = Self.lines("Content-Type: text/plain\n") } == nil)
        #expect(Self.with { $0.headers[[1]] = Self.lines("Content-Type: text/html; name=one.txt\n\n") } == nil)
        #expect(Self.with { $0.headers[[1]] = Self.lines("\nContent-Type: text/plain\n\n") } == nil)
        #expect(Self.with { $0.structure.subtype = "digest" } == nil)
        for line in ["--a--\n", "--a \n", "x\r--a\rx\n"] {
            let added = Self.lines(line)
            #expect(
                Self.with {
                    $0.beginning = added + $0.beginning
                    $0.size += UInt64(added.count)
                } == nil, "\(line)")
        }
        #expect(Self.with { $0.end = Array("none\r\n".utf8) } == nil)
        #expect(Self.with { $0.beginning = Array("none\r\n".utf8) } == nil)
        #expect(Self.with { $0.header = Self.lines("Content-Type: multipart/mixed; boundary=b\n\n") } == nil)
        #expect(
            Self.with {
                guard case .multipart(let parts) = $0.structure.content else { return }
                $0.structure.content = .multipart(parts.reversed())
            } == nil)
        #expect(
            Self.with {
                guard case .multipart(var parts) = $0.structure.content else { return }
                parts[1].encoding = "quoted-printable"
                $0.structure.content = .multipart(parts)
            } == nil)
        #expect(
            Self.with {
                guard case .multipart(var parts) = $0.structure.content else { return }
                parts[0].content = .leaf(octets: .max)
                $0.structure.content = .multipart(parts)
            } == nil)
    }

    @Test("messages in the message, and what is not closed, are for the whole message to tell") func wholeOnly() {
        let inner = Self.lines(
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--a--\n"
        )
        #expect(MessageOutline(Self.evidence(of: inner)) == nil)
        let open = Self.lines("Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo\n")
        #expect(MessageOutline(Self.evidence(of: open)) == nil)
    }

    @Test("what is kept is checked when it is read") func kept() {
        for wrong in ["", "1", "1 2 3\n\r\n", "x\n\r\nabc", "1:2\n\r\n", "-1\n\r\n", "1\n\r\nabc"] {
            #expect(MessageOutline(kept: Array(wrong.utf8)) == nil, "\(wrong)")
        }
    }

    @Test(
        "a decoded length is believed where nothing but base64 and line ends fits",
        arguments: [
            (5, 10, true), (5, 8, true), (5, 12, false), (5, 9, false), (6, 10, true), (7, 10, false), (0, 0, false),
            (57, 78, true), (57, 76, true), (57, 80, true), (57, 82, false), (58, 84, true), (58, 82, true),
            (1 << 41, 1 << 42, false),
        ] as [(UInt64, UInt64, Bool)])
    func decoded(length: UInt64, encoded: UInt64, isBelieved: Bool) throws {
        let header = Array("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n".utf8)
        let outline = try #require(
            MessageOutline(
                OutlineEvidence(
                    structure: PartClaim(
                        type: "application", subtype: "pdf", encoding: "base64", .leaf(octets: encoded)),
                    size: UInt64(header.count) + encoded, header: header, headers: [:],
                    decodedLengths: [[1]: length], beginning: [], end: [])))
        #expect(outline.contentLength(of: [1]) == (isBelieved ? length : nil))
    }
}
