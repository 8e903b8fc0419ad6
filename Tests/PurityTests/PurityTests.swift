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

/// What only the journal's own files may do in `MailService`: look into its view, and write its operations into the store.
private let journalOnly = [
    "view.withLock", ".markSent(", ".settle(settlements, decoding", "store.write(", "store.setState(", "store.setName(",
    "store.makeDurable(", "store.removeLocalFiles(", "store.put(", "store.remove(deletedFiles",
]

@Suite("The journal")
struct JournalDoorTests {
    @Test("is changed by its own verbs alone")
    func door() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "Sources/MailService")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        let own = files.filter(isOwn)
        #expect(own.count > 20)
        var seen: Set<String> = []
        for file in files {
            for word in uses(in: try String(contentsOf: file, encoding: .utf8)) {
                if isOwn(file) { seen.insert(word) } else { Issue.record("\(file.lastPathComponent) uses \(word)") }
            }
        }
        // A word that nobody uses would find nothing anywhere.
        #expect(seen.count > 7, "\(seen.sorted())")
    }

    private func isOwn(_ file: URL) -> Bool {
        file.lastPathComponent.hasPrefix("Journal") || file.lastPathComponent.hasPrefix("AccountView")
    }

    private func uses(in source: String) -> [String] { journalOnly.filter(source.contains) }
}

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
