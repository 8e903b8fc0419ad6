import Foundation
import Testing

/// The pure targets and all that each may import besides the standard library.
private let allowed: [(target: String, imports: Set<String>)] = [
    ("IMAPValue", []),
    ("MailModel", ["IMAPValue"]),
    ("IMAPCodec", ["IMAPValue"]),
    ("IMAPProtocol", ["IMAPCodec", "IMAPValue"]),
    ("OAuth2", ["IMAPCodec"]),
    ("Discovery", []),
    ("MailSync", ["MailModel", "IMAPValue"]),
    ("MailPool", ["MailModel", "IMAPValue"]),
    ("MailTree", ["MailModel", "IMAPValue"]),
    ("MailQuery", []),
    // The pure part of a target that is not.
    ("MailFS/Written", ["MailModel"]),
]

/// Names that mean a clock, randomness or the process, though no import betrays them.
private let forbidden = ["ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator", ".random(", "print("]

@Suite("Pure targets")
struct PurityTests {
    @Test("import pure targets only, and no clock, randomness or output", arguments: allowed.map(\.target))
    func imports(target: String) throws {
        let permitted = try #require(allowed.first { $0.target == target }).imports
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "Sources/\(target)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(!files.isEmpty)
        for file in files {
            for violation in violations(in: try String(contentsOf: file, encoding: .utf8), permitted: permitted) {
                Issue.record("\(file.lastPathComponent): \(violation)")
            }
        }
    }

    @Test("a planted import is seen")
    func planted() {
        #expect(violations(in: "public import Foundation\n", permitted: []) == ["imports Foundation"])
        #expect(violations(in: "let now = ContinuousClock().now\n", permitted: []).count == 1)
        #expect(violations(in: "import IMAPValue\n", permitted: ["IMAPValue"]).isEmpty)
    }

    private func violations(in source: String, permitted: Set<String>) -> [String] {
        var found: [String] = []
        for line in source.split(separator: "\n") {
            let words = line.split(separator: " ")
            if let keyword = words.firstIndex(of: "import"), keyword <= 2, keyword + 1 < words.count,
                !line.hasPrefix("///"), !line.hasPrefix("//")
            {
                let module = String(words[keyword + 1].split(separator: ".")[0])
                if !permitted.contains(module) { found.append("imports \(module)") }
            }
            let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
            for word in forbidden where code.contains(word) { found.append("uses \(word)") }
        }
        return found
    }
}
