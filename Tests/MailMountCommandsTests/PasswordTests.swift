import Foundation
import IMAPClient
import Testing

@testable import MailMountCommands

/// Where passwords come from, and what may come of asking again.
@Suite struct PasswordTests {
    private func password(_ option: String, _ value: String) throws -> Password {
        var settings = Settings()
        settings.set(option, value)
        return try Password(settings, account: "alice@localhost", typed: nil)
    }

    @Test("a command is asked anew each time, and may have another answer")
    func command() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/password-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let source = try password("password-command", "echo x >> \(file); wc -l < \(file)")
        #expect(source.renewal == .renewable && source.version == nil)
        #expect(try await source.credentials(after: nil) == .password(octets: Array("1".utf8)))
        let refusal = LoginRefusal(text: "no", count: 1)
        #expect(try await source.credentials(after: refusal) == .password(octets: Array("2".utf8)))
        #expect(try await password("token-command", "echo t").credentials(after: nil) == .token(octets: [0x74]))
    }

    @Test("a file is another one when somebody has written, replaced, made or removed it")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/password-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = try password("password-file", path)
        #expect(source.renewal == .fixed && source.remedy.contains(path))
        var versions = [source.version]
        await #expect(throws: CredentialFailure.self) { try await source.credentials(after: nil) }
        try "first\n".write(toFile: path, atomically: false, encoding: .utf8)
        versions.append(source.version)
        #expect(source.version == versions[1])
        try "second one\n".write(toFile: path, atomically: false, encoding: .utf8)
        versions.append(source.version)
        try "another by name".write(toFile: path, atomically: true, encoding: .utf8)
        versions.append(source.version)
        #expect(Set(versions).count == 4 && !versions.contains(nil))
        #expect(try await source.credentials(after: nil) == .password(octets: Array("another by name".utf8)))
    }

    @Test("a command that fails may work later; a file that is missing does not come by itself")
    func failures() async throws {
        for (option, value, isFinal) in [
            ("password-command", "exit 3", false), ("password-command", "true", false),
            ("password-file", "/nonexistent/password", true),
        ] {
            let source = try password(option, value)
            do {
                _ = try await source.credentials(after: nil)
                Issue.record("\(option) \(value) gave something")
            } catch let failure as CredentialFailure {
                #expect(failure.isFinal == isFinal)
            }
        }
    }
}
