import Foundation
import IMAPClient
import Testing

@testable import MailMountCommands

@Suite struct ConfigurationFileTests {
    private func account(_ name: String, in text: String) throws -> (url: String, settings: Settings) {
        let path = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString).toml").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ConfigurationFile(path: path).account(name)
    }

    @Test func readsAnAccount() throws {
        let (url, settings) = try account(
            "work",
            in: """
                timeout = 30
                [account.home]
                url = "imaps://bob@example.org"
                [account.work]
                url = "imaps://alice@example.org"
                password-command = "pass mail/work"
                connections = 2
                read-only = true
                folder = ["INBOX", "Sent"]
                exclude = "Junk"
                """)
        #expect(url == "imaps://alice@example.org")
        #expect(
            settings.values == [
                "timeout": ["30"], "password-command": ["pass mail/work"], "connections": ["2"], "read-only": ["true"],
                "folder": ["INBOX", "Sent"], "exclude": ["Junk"],
            ])
    }

    @Test func whatAnAccountSaysWins() throws {
        let (_, settings) = try account(
            "work",
            in: """
                timeout = 30
                compress = true
                [account.work]
                url = "imaps://alice@example.org"
                timeout = "45s"
                compress = false
                """)
        #expect(settings["timeout"] == "45s")
        #expect(!settings.isOn("compress"))
    }

    @Test(arguments: [
        ("[account.home]\nurl = 'imaps://a@b'", "no account work; it has home"),
        ("timeout = 3", "no account work"),
        ("[account.work]\ntimeout = 3", "has no url"),
        ("[account.work]\nurl = 'imaps://a@b'\npasword-file = 'x'", "no option pasword-file"),
        ("colour = 1\n[account.work]\nurl = 'imaps://a@b'", "no option colour"),
        ("[account.work]\nurl = 'imaps://a@b'\ntimeout = 1.5", "timeout: a text, a number"),
        ("[account.work]\nurl = 'imaps://a@b'\nread-only = 'yes'", "read-only: true or false"),
        ("[account.work]\nurl = 'imaps://a@b'\nread-only = 1", "read-only: true or false"),
    ])
    func refuses(_ text: String, _ reason: String) {
        let error = #expect(throws: UsageError.self) { try account("work", in: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func whatIsNoTOMLIsAFailure() {
        #expect(throws: Failure.self) { try account("work", in: "account = [") }
        #expect(throws: Failure.self) { try ConfigurationFile(path: "/nonexistent/config.toml") }
    }

    /// The example that ships is one that works.
    @Test func readsTheExample() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try ConfigurationFile(path: root.appending(path: "examples/config.toml").path)
        #expect(try AccountURL(file.account("work").url).endpoint.port > 0)
    }
}
