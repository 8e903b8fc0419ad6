import Foundation
import MailText
import Testing

/// Texts are kept, and believed as long as their form is the same.
@Suite("ReadableText: form") struct TextFormTests {
    /// A digest of the texts of all odd messages, by the form.
    private static let known: [String: UInt64] = [
        "3": 15_140_722_536_378_536_994
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
        let known = Self.known[ReadableText.form]
        #expect(known == digest, "\(ReadableText.form): \(digest)")
    }
}
