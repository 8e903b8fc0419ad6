import Foundation
import MailText
import Testing

/// Texts are kept, and believed as long as their form is the same.
@Suite("ReadableText: form") struct TextFormTests {
    /// A digest of the texts of all odd messages, by the form.
    private static let known: [String: UInt64] = [
        "1 libxml2 20914": 8_039_882_950_248_624_931
    ]

    @Test("what texts are does not change without their form: where this fails, ReadableText.version has to grow")
    func form() throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "OddMessages")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(names.count > 60)
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in names {
            let message = try Data(contentsOf: directory.appending(path: name))
            for octet in ReadableText.text(of: Array(message)) + [0] {
                digest = (digest ^ UInt64(octet)) &* 0x100_0000_01B3
            }
        }
        // Another parser of HTML is another form, of which nothing is known.
        let known = Self.known.keys.contains { $0.hasPrefix(ReadableText.form.prefix { $0 != " " } + " ") }
        #expect(known, "\(ReadableText.form): \(digest)")
        if let expected = Self.known[ReadableText.form] { #expect(digest == expected) }
    }
}
