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

    @Test(arguments: [
        (
            "[account.work]\nurl = 'imaps://a@b'\n\npasword-file = 'x'",
            ".toml:4: there is no option pasword-file; is password-file meant?"
        ),
        (
            "[account.work]\nurl = 'imaps://a@b'\nmountpont = 'x'",
            ".toml:3: there is no option mountpont; is mountpoint meant?"
        ),
        (
            "mountpoint = '/mnt'\n[account.work]\nurl = 'imaps://a@b'",
            ".toml:1: mountpoint belongs into an account's table"
        ),
        ("# first\n[account.wrok]\nurl = 'imaps://a@b'", "no account work; it has wrok; is wrok meant?"),
        ("[account.work]\n# nothing else", ".toml:1: account work has no url"),
    ])
    func saysWhereAndWhatIsMeant(_ text: String, _ reason: String) {
        let error = #expect(throws: UsageError.self) { try account("work", in: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (
            "[account.work]\ncache-size = 5 gigs\n",
            ".toml:2: cache-size: a text stands in quotes, such as cache-size = \"10G\""
        ),
        ("[account.work]\nurl = imaps://a@b\n", ".toml:2: url: a text stands in quotes"),
        ("[account.work\n", ".toml:1: "),
    ])
    func saysWhereTheTextIsNoTOML(_ text: String, _ reason: String) {
        let error = #expect(throws: Failure.self) { try account("work", in: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    /// An error that is found later still names the line.
    @Test func valuesKnowWhereTheyStand() throws {
        let (_, settings) = try account("work", in: "[account.work]\nurl = 'imaps://a@b'\ncache-size = '5 gigs'")
        let error = settings.error("cache-size", "a size is expected")
        #expect(error.description.hasSuffix(".toml:3: cache-size = 5 gigs: a size is expected"))
        var merged = settings
        merged.merge(try Settings.parse(mountOptions: ["cache-size=big"]))
        #expect(merged.error("cache-size", "no").description == "--cache-size big: no")
    }

    @Test func knowsMountpoints() throws {
        let (_, settings) = try account("work", in: "[account.work]\nurl = 'imaps://a@b'\nmountpoint = '~/Mail/work'")
        #expect(settings["mountpoint"] == "~/Mail/work")
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
