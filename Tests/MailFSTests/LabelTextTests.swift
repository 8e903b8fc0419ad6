import MailModel
import Testing

@testable import MailFS

@Suite("user.gmail.labels")
struct LabelTextTests {
    private func parse(_ bytes: [UInt8]) throws(LabelText.Failure) -> LabelText.Edit {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(LabelText.Failure) in try LabelText.parse(bytes) }
        }
        return try result.get()
    }

    @Test(
        "reads lists, additions and removals",
        arguments: [
            ("", .replace(Labels([]))),
            (#"\Inbox Work"#, .replace(Labels([#"\Inbox"#, "Work"]))),
            (#"\inbox \IMPORTANT"#, .replace(Labels([#"\Inbox"#, #"\Important"#]))),
            (#""Muy Importante" "a\"b\\c""#, .replace(Labels(["Muy Importante", #"a"b\c"#]))),
            (#""+x" "-" a+b"#, .replace(Labels(["+x", "-", "a+b"]))),
            (#"+"Muy Importante" -Work"#, .change([.add(Labels(["Muy Importante"])), .remove(Labels(["Work"]))])),
            ("+a b -c d", .change([.add(Labels(["a", "b"])), .remove(Labels(["c", "d"]))])),
            ("Äpfel/Birnen\n\0", .replace(Labels(["Äpfel/Birnen"]))),
        ] as [(String, LabelText.Edit)])
    func reads(_ text: String, _ edit: LabelText.Edit) throws {
        #expect(try parse(Array(text.utf8)) == edit)
    }

    @Test(
        "refuses what are no labels",
        arguments: [
            "+", "-", "+ a", "a +b", "\"a", "\"a\\", "\"a\"b", "a\"b", "\"\"", "\"a\u{1}b\"", "a\u{7F}",
            String(repeating: "x", count: 1_025), (0...1_000).map { "l\($0)" }.joined(separator: " "),
        ])
    func refuses(_ text: String) {
        #expect(throws: LabelText.Failure.invalid) { try parse(Array(text.utf8)) }
    }

    @Test("refuses what is no UTF-8") func octets() {
        #expect(throws: LabelText.Failure.invalid) { try parse([0x61, 0xFF]) }
    }

    @Test(
        "what is read and written back is the same",
        arguments: [
            [], ["Work"], [#"\Inbox"#, "Muy Importante"], ["+", "-x", "\"", "\\ \"", " ", "a\\b", "\\", "日本 語"],
            ["\u{A0}x", "e\u{301}"], ["a \u{301}b", "+\u{301}x", "-\u{302}", "\"\u{301}"],
        ] as [[String]])
    func roundTrip(_ names: [String]) throws {
        let labels = Labels(names)
        #expect(labels.names.count == names.count)
        #expect(try parse(Array(LabelText.text(labels).utf8)) == .replace(labels))
        #expect(try LabelText.applied(.replace(labels), to: labels) == labels)
    }

    @Test("a message goes to Trash and Spam otherwise, and gets no label of the system that is not known")
    func system() throws {
        let seen = Labels([#"\Trash"#, #"\Odd"#])
        for text in [#"\trash"#, #"+\Spam"#] {
            let edit = try parse(Array(text.utf8))
            #expect(throws: LabelText.Failure.moves) { try LabelText.applied(edit, to: Labels([])) }
        }
        #expect(throws: LabelText.Failure.invalid) {
            try LabelText.applied(.replace(Labels([#"\Bogus"#])), to: seen)
        }
        #expect(try LabelText.applied(.replace(seen), to: seen) == seen)
        #expect(try LabelText.applied(.change([.remove(seen)]), to: seen).isEmpty)
    }

    /// A server may send anything: the value stays one of an attribute, which has 64 KiB.
    @Test func bounds() {
        #expect(Labels(["", "a\nb", "a\0", "\u{9F}", String(repeating: "x", count: 1_025)]).isEmpty)
        #expect(Labels((0..<5_000).map { "l\($0)" }).names.count == Labels.most)
        let long = Labels((0..<100).map { "\($0)" + String(repeating: "\"", count: 1_000) })
        #expect(LabelText.text(long).utf8.count < 64 << 10)
        #expect(Labels(["a", "B", "A", "b"]).names == ["a", "B"])
    }
}
