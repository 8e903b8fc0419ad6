import IMAPCodec
import IMAPValue
import Testing

@Suite("Parts of messages")
struct PartTests {
    private func fetch(_ items: String) throws -> FetchResponse? {
        let text = Array("* 1 FETCH (\(items) UID 2)".utf8)
        let response = try text.withUnsafeBytes { try ResponseParser().parse(Frame(bytes: $0)) }
        guard case .untagged(.fetch(let fetch)) = response else { return nil }
        return fetch
    }

    private static let text = BodyStructure.single(type: "text", subtype: "plain", encoding: "7bit", octets: 20)

    @Test(
        "reads what a server says of the structure of a message",
        arguments: [
            (#"("TEXT" "PLAIN" ("CHARSET" "x") NIL NIL "7BIT" 20 2)"#, text),
            (#"("text" "plain" NIL NIL NIL "7bit" 20 2 NIL ("inline" NIL) NIL "here" (1 (2)))"#, text),
            (#"( text  plain () NIL NIL "7bit" 20)"#, text),
            ("({4}\r\nTEXT \"plain\" (\"name\" {2}\r\n() \"x\" \"(\") NIL NIL \"7bit\" 20 2)", text),
            (
                #"(NIL NIL NIL NIL NIL NIL 0)"#,
                .single(type: "", subtype: "", encoding: "", octets: 0)
            ),
            (
                #"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 20 2) ("text" "plain" NIL NIL NIL "7bit" 20 2) "MIXED" ("boundary" "a"))"#,
                .multipart([text, text], subtype: "mixed")
            ),
            (
                #"((("text" "plain" NIL NIL NIL "7bit" 20 2)("text" "plain" NIL NIL NIL "7bit" 20 2) "alternative")"#
                    + #"("text" "plain" NIL NIL NIL "7bit" 20 2) NIL)"#,
                .multipart([.multipart([text, text], subtype: "alternative"), text], subtype: "")
            ),
            (
                #"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 99 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL)"#
                    + #" ("text" "plain" NIL NIL NIL "7bit" 20 2) 5)"#,
                .single(type: "message", subtype: "rfc822", encoding: "7bit", octets: 99)
            ),
        ])
    func structure(item: String, expected: BodyStructure) throws {
        let fetch = try fetch("BODYSTRUCTURE \(item)")
        #expect(fetch?.structure == expected)
        #expect(fetch?.uid == UID(2))
    }

    // Hazards 47 to 49
    @Test(
        "skips a structure that is none",
        arguments: [
            "NIL", "()", #""x""#, "(())", #"("text")"#, #"("text" "plain" NIL NIL NIL "7bit" x)"#,
            #"("text" "plain" NIL NIL NIL "7bit" -1)"#, #"("text" "plain" NIL NIL NIL "7bit" 18446744073709551616)"#,
            #"("text" ("plain") NIL NIL NIL "7bit" 20)"#, #"("text" "plain" NIL NIL NIL ("7bit") 20)"#,
            #"("text" "plain" NIL NIL "7bit" 20)"#, #"(("text" "plain" NIL NIL NIL "7bit" 20 2))"#,
        ])
    func noStructure(item: String) throws {
        let fetch = try fetch("BODYSTRUCTURE \(item)")
        #expect(fetch?.structure == nil)
        #expect(fetch?.uid == UID(2))
    }

    @Test("of more parts than a message has, nothing is told", arguments: [999, 1_000])
    func bounded(count: Int) throws {
        let parts = String(repeating: #"("text" "plain" NIL NIL NIL "7bit" 20 2)"#, count: count)
        let fetch = try fetch(#"BODYSTRUCTURE (\#(parts) "mixed")"#)
        #expect((fetch?.structure == nil) == (count == 1_000))
        #expect(fetch?.uid == UID(2))
    }

    @Test(
        "tells which part a section is of",
        arguments: [
            ("BODY[1] NIL", [1], "part"), ("body[1.22.3] NIL", [1, 22, 3], "part"), ("BODY[2.MIME] NIL", [2], "header"),
            ("BODY[2.1.mime] NIL", [2, 1], "header"), ("BINARY[3]<0> NIL", [3], "decoded"),
            ("BINARY.SIZE[3.1] 7", [3, 1], "size"), ("BODY[0] NIL", nil, ""), ("BODY[1.] NIL", nil, ""),
            ("BODY[1..2] NIL", nil, ""), ("BODY[MIME] NIL", nil, ""), ("BODY[1.TEXT] NIL", nil, ""),
            ("BODY[1.HEADER] NIL", nil, ""), ("BINARY[] NIL", nil, ""), ("BINARY[1.MIME] NIL", nil, ""),
            ("BINARY.SIZE[] 7", nil, ""), ("BODY[4294967296] NIL", nil, ""),
            ("BODY[" + String(repeating: "1.", count: 100) + "1] NIL", nil, ""),
        ] as [(String, [UInt32]?, String)])
    func section(item: String, positions: [UInt32]?, kind: String) throws {
        let expected: FetchedSection.Part =
            if let number = positions.flatMap({ PartNumber($0) }) {
                switch kind {
                case "part": .part(number)
                case "header": .partHeader(number)
                case "decoded": .decodedPart(number)
                default: .decodedSize(number)
                }
            } else {
                .other
            }
        #expect(try fetch(item)?.section?.part == expected)
    }

    @Test("a number has positions, and none is 0")
    func number() {
        #expect(PartNumber([]) == nil)
        #expect(PartNumber([1, 0]) == nil)
        #expect(PartNumber([UInt32](repeating: 1, count: 101)) == nil)
        #expect(PartNumber([1, 22, 3])?.description == "1.22.3")
    }

    @Test("asks for a part, its header and its decoded length")
    func encoding() throws {
        let number = try #require(PartNumber([1, 2]))
        let command = Command.uidFetch(
            .last,
            [.bodyStructure, .part(number), .partHeader(number), .decodedPart(number), .decodedSize(number)],
            changedSince: nil, vanished: false)
        let encoded = try CommandEncoder(capabilities: Capabilities([]), utf8Accepted: false).encode(command, tag: "t")
        let wire = encoded.parts.map { part in
            if case .bytes(let bytes) = part { String(decoding: bytes, as: UTF8.self) } else { "?" }
        }
        #expect(
            wire == [
                "t UID FETCH * (BODYSTRUCTURE BODY.PEEK[1.2] BODY.PEEK[1.2.MIME] BINARY.PEEK[1.2] BINARY.SIZE[1.2])\r\n"
            ])
    }
}
