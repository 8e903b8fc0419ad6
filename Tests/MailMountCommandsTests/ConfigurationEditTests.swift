import TOMLKit
import Testing

@testable import MailMountCommands

@Suite struct ConfigurationEditTests {
    private let text = """
        # mine
        timeout = 20   # slow line

        [account.home]  # first
        url = "imaps://a@b"
        folder = [
          "INBOX", # one
        ]

        # about work
        [account.work]
        url = "imaps://c@d" # old

        """

    @Test func anewTableComesAtTheEnd() {
        let edited = ConfigurationEdit.setting(
            [("url", "imaps://x@y"), ("delete", "trash")], in: ["account", "new"], of: text)
        #expect(edited == text + "\n[account.new]\nurl = \"imaps://x@y\"\ndelete = \"trash\"\n")
        #expect(ConfigurationEdit.setting([("a", "b")], in: ["t"], of: "") == "[t]\na = \"b\"\n")
        #expect(ConfigurationEdit.setting([("a", "b")], in: ["t"], of: "x = 1") == "x = 1\n\n[t]\na = \"b\"\n")
    }

    @Test func keysThatAreThereGetTheirLineAnew() {
        let edited = ConfigurationEdit.setting(
            [("folder", "Sent"), ("delete", "mark")], in: ["account", "home"], of: text)
        #expect(
            edited
                == text.replacing("folder = [\n  \"INBOX\", # one\n]\n", with: "folder = \"Sent\"\ndelete = \"mark\"\n")
        )
    }

    @Test(arguments: ["a", "a\"b", "c\\d", "ü 日本", "line\nline", "tab\t", "\u{7F}\u{1}", "it's", "#", "\"\"\"", "[x]"])
    func everyValueIsReadAsItWasWritten(_ value: String) throws {
        let edited = ConfigurationEdit.setting([("key", value), ("a b", value)], in: ["account", "x y.z"], of: text)
        let account = try TOMLTable(string: edited)["account"]?.table?["x y.z"]?.table
        #expect(account?["key"]?.string == value)
        #expect(account?["a b"]?.string == value)
        // A second time nothing is added.
        let again = ConfigurationEdit.setting([("key", value)], in: ["account", "x y.z"], of: edited)
        #expect(again == edited)
    }
}

@Suite struct LoopbackAnswerTests {
    @Test(
        arguments: [
            ("GET /?code=a&state=b HTTP/1.1\r\nHost: x\r\n\r\n", "code=a&state=b"), ("GET /? HTTP/1.0\r\n\r\n", ""),
            ("GET / HTTP/1.1\r\n\r\n", nil), ("GET /favicon.ico HTTP/1.1\r\n\r\n", nil),
            ("POST /?code=a HTTP/1.1\r\n\r\n", nil), ("GET http://x/?code=a HTTP/1.1\r\n\r\n", nil),
            ("GET /?code=a\r\n\r\n", nil), ("GET  /?code=a HTTP/1.1\r\n\r\n", nil), ("", nil), ("\r\n", nil),
        ] as [(String, String?)])
    func takesAGETWithAQuery(_ request: String, _ query: String?) {
        #expect(LoopbackReceiver.query(Array(request.utf8)) == query)
    }

    @Test func octetsThatAreNoTextAreNoQuery() {
        #expect(LoopbackReceiver.query(Array("GET /?a=".utf8) + [0xFF, 0xFE] + Array(" HTTP/1.1\r\n".utf8)) == nil)
    }
}
