import Testing

@testable import MailMountCommands

@Suite struct ConfigurationOutlineTests {
    private let text = """
        # timeout = 1
        timeout = 30

        [account.work]   # the first
        url = "imaps://alice@example.org"
        folder = [
            "INBOX",  # ] not the end
            "a # b",
        ]
        password-command = '''
        [account.none]
        key = 1
        '''
        read-only = true
        [account."my home"]
        'cache' = "]"
        limits.size = 3
        broken
        """

    @Test func knowsTheLinesOfKeys() {
        let outline = ConfigurationOutline(text)
        #expect(outline.line(of: "timeout", in: []) == 2)
        #expect(outline.line(of: "url", in: ["account", "work"]) == 5)
        #expect(outline.line(of: "folder", in: ["account", "work"]) == 6)
        #expect(outline.line(of: "read-only", in: ["account", "work"]) == 14)
        #expect(outline.line(of: "cache", in: ["account", "my home"]) == 16)
        #expect(outline.line(of: "size", in: ["account", "my home", "limits"]) == 17)
    }

    @Test func takesValuesOverSeveralLinesAsOne() {
        let entries = ConfigurationOutline(text).entries
        #expect(entries.first { $0.key == "folder" }?.lastLine == 9)
        #expect(entries.first { $0.key == "password-command" }?.lastLine == 13)
        #expect(!entries.contains { $0.table == ["account", "none"] || $0.key == "key" })
    }

    @Test func whatIsMissingIsPlacedAtItsTable() {
        let outline = ConfigurationOutline(text + "\n[list]\ninline = { a = 1,\n b = 2 }")
        #expect(outline.line(of: "cache-size", in: ["account", "work"]) == 4)
        #expect(outline.line(of: "a", in: ["list", "inline"]) == 20)
        #expect(outline.line(of: "none", in: ["nowhere"]) == nil)
    }

    @Test(arguments: ["", "[", "[[", "a", "a.", "\"a", "=", "[a]]", "a = [[[", "a = '''", "\u{0}", "\r\n", "a = \"\\"])
    func anyTextHasOne(_ text: String) {
        _ = ConfigurationOutline(text)
    }
}
