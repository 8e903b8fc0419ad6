import IMAPClient
import IMAPCodec
import Testing

@testable import MailMountCommands

@Suite struct RereadingTests {
    private func settings(_ values: (String, String)...) -> Settings {
        var settings = Settings()
        for (name, value) in values { settings.set(name, value) }
        return settings
    }

    @Test func whatChangedIsTakenOrWaits() {
        let old = settings(("password-file", "a"), ("timeout", "10"), ("folder", "INBOX"), ("umask", "022"))
        var wanted = Rereading()
        #expect(Rereading(from: old, to: old) == wanted)
        #expect(wanted.summary == "the configuration was read again")
        wanted.changesCredentials = true
        wanted.changesCommand = true
        wanted.later = ["folder", "timeout"]
        let new = settings(
            ("password-command", "b"), ("on-event", "c"), ("folder", "INBOX"), ("folder", "Sent"), ("umask", "022"))
        #expect(Rereading(from: old, to: new) == wanted)
        #expect(
            wanted.summary
                == "read again: where the password comes from and on-event; from the next mount on: folder, timeout")
    }

    private struct Source: CredentialSource {
        var password: String
        var version: CredentialVersion?
        var renewal: CredentialRenewal { .fixed }
        var remedy: String { "remedy of \(password)" }
        func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
            .password(octets: Array(password.utf8))
        }
    }

    /// A login that was refused is tried again when the version differs.
    @Test func replacedCredentialsAreOthers() async throws {
        let credentials = ReplaceableCredentials(Source(password: "a"))
        let first = credentials.version
        #expect(first != nil && first == credentials.version)
        credentials.replace(by: Source(password: "b", version: CredentialVersion("1")))
        let second = credentials.version
        #expect(second != first && second == credentials.version)
        #expect(credentials.remedy == "remedy of b")
        credentials.replace(by: Source(password: "b", version: CredentialVersion("1")))
        #expect(credentials.version != second)
    }

    @Test func theSourcesOwnChangeCounts() {
        final class Counted: CredentialSource, @unchecked Sendable {
            var state = "1"
            var version: CredentialVersion? { CredentialVersion(state) }
            var renewal: CredentialRenewal { .fixed }
            var remedy: String { "" }
            func credentials(after refusal: LoginRefusal?) async throws -> Credentials { .password(octets: []) }
        }
        let source = Counted()
        let credentials = ReplaceableCredentials(source)
        let before = credentials.version
        source.state = "2"
        #expect(credentials.version != before)
    }
}
