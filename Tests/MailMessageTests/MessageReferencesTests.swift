import Testing

@testable import MailMessage

/// What a message says of the messages before it.
@Suite("MessageReferences") struct MessageReferencesTests {
    private func references(_ header: String) -> MessageReferences { MessageReferences(Header(Array(header.utf8))) }

    private func text(_ ids: [[UInt8]]) -> [String] { ids.map { String(decoding: $0, as: UTF8.self) } }

    @Test(
        "its own identifier",
        arguments: [
            ("Message-ID: <a@x>\n", "a@x"), ("message-id:<a@x> (comment)\n", "a@x"), ("Message-ID: a@x\n", "a@x"),
            ("Message-ID: <a\n b@x>\n", "ab@x"), ("Message-ID: <>\n", nil), ("Message-ID:\n", nil),
            ("Message-ID: < >\n", nil), ("Subject: s\n", nil), ("Message-ID: nothing\n", nil),
        ])
    func own(header: String, id: String?) {
        #expect(references(header).own.map { String(decoding: $0, as: UTF8.self) } == id)
    }

    @Test(
        "those before it, the oldest first",
        arguments: [
            ("References: <a@x> <b@x>\n", ["a@x", "b@x"]),
            ("References: <a@x><b@x>,\n\t<c@x>\n", ["a@x", "b@x", "c@x"]),
            ("In-Reply-To: <a@x>\n", ["a@x"]), ("References: <a@x>\nIn-Reply-To: <b@x>\n", ["a@x", "b@x"]),
            ("References: <a@x> <b@x>\nIn-Reply-To: <a@x>\n", ["a@x", "b@x"]),
            ("References: a@x b@x\n", ["a@x", "b@x"]), ("References: <> <a@x\n", []),
            ("References: <<a@x>>\n", ["a@x"]),
            ("In-Reply-To: Your message of \"Mon, 1 Jan\" <a@x>\n", ["a@x"]),
            ("In-Reply-To: Mina <mina@x>'s message of Monday <a@x>\n", ["a@x"]),
            ("References: <r@x>\nIn-Reply-To: Mina <mina@x>'s message\n", ["r@x"]), ("References:\n", []),
        ])
    func earlier(header: String, ids: [String]) { #expect(text(references(header).earlier) == ids) }

    @Test("of many the first two and the last eight are kept, and the field in few octets says the same") func many() {
        let field = Array((1...10_000).map { "<\($0)@example.org>" }.joined(separator: " ").utf8)
        let kept = ["1", "2"] + (9_993...10_000).map(String.init)
        let few = MessageReferences.few(field)
        #expect(few.count <= MessageReferences.room)
        for value in [field, few] {
            let found = MessageReferences(Header(Array("References: ".utf8) + value + [0x0A]))
            #expect(text(found.earlier) == kept.map { "\($0)@example.org" })
        }
    }

    @Test(
        "what is long does no harm",
        arguments: [
            "<", ">", "<a", "<a@x>", "a@x ", "<>", " ", "<\(String(repeating: "a", count: 600))@x> ", "<a\n b>",
        ])
    func hostile(piece: String) {
        let field = Array(String(repeating: piece, count: 100_000 / piece.utf8.count).utf8)
        #expect(MessageReferences.few(field).count <= MessageReferences.room)
        for name in ["References", "In-Reply-To", "Message-ID"] {
            let found = MessageReferences(Header(Array("\(name): ".utf8) + field + [0x0A]))
            #expect(found.earlier.reduce(found.own?.count ?? 0) { $0 + $1.count } <= 3 * MessageReferences.room)
        }
    }
}
