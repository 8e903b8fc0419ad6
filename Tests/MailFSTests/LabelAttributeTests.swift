import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Testing

@testable import MailFS

/// `user.gmail.labels`, where the server has labels and where it has none.
@Suite("Labels as an attribute", .serialized)
struct LabelAttributeTests {
    private static let name = "user.gmail.labels"

    private func get(_ inode: Inode, _ files: MailFileSystem) async throws -> String {
        let answer = Array(Self.name.utf8).withUnsafeBytes { files.getxattr(inode, $0, WithoutKernel.caller) }
        return String(decoding: try await WithoutKernel.outcome(answer), as: UTF8.self)
    }

    private func expect(
        _ inode: Inode, _ files: MailFileSystem, _ value: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await get(inode, files)
        #expect(found == value, sourceLocation: sourceLocation)
    }

    private func set(_ value: String, _ inode: Inode, _ files: MailFileSystem, flags: Int32 = 0) async throws {
        let answer = Array(Self.name.utf8).withUnsafeBytes { name in
            Array(value.utf8).withUnsafeBytes {
                files.setxattr(inode, name, $0, flags: flags, WithoutKernel.caller)
            }
        }
        try await WithoutKernel.outcome(answer)
    }

    private func names(_ inode: Inode, _ files: MailFileSystem) async throws -> [String] {
        try await WithoutKernel.outcome(files.listxattr(inode)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func atGmail() async throws {
        let server = try InMemoryServer(.gmail)
        server.createGmailFolders()
        let uid = server.deliver(WithoutKernel.letter(1), to: "INBOX")
        server.changeLabels(of: uid, in: "INBOX", giving: ["Muy Importante", "Work"], taking: [])
        try await WithoutKernel.run(server, waitsForServer: true) { files, folder in
            let message = InodeNumber(try WithoutKernel.first(in: folder, of: files).id).rawValue
            let directory = InodeNumber(folder).rawValue
            try await expect(message, files, #""Muy Importante" Work"#)
            let listed = try await names(message, files)
            #expect(listed.contains(Self.name))
            let ofDirectory = try await names(directory, files)
            #expect(!ofDirectory.contains(Self.name))
            await #expect(throws: Errno.noData) { try await get(directory, files) }
            await #expect(throws: Errno.notSupported) { try await set("x", directory, files) }

            try await set(try await get(message, files), message, files)
            #expect(server.observation.count("UID STORE") == 0)

            try await set(#"+\Starred -"muy importante""#, message, files)
            try await expect(message, files, #"\Starred Work"#)
            #expect(Set(server.labels(of: uid, in: "INBOX")) == [#"\Starred"#, "Work"])
            try await set("Später", message, files)
            #expect(server.labels(of: uid, in: "INBOX") == ["Sp&AOQ-ter"])

            await #expect(throws: Errno.notPermitted) { try await set(#"+\Trash"#, message, files) }
            await #expect(throws: Errno.invalidArgument) { try await set("+", message, files) }
            await #expect(throws: Errno.invalidArgument) { try await set(#"\Bogus"#, message, files) }
            await #expect(throws: Errno.exists) { try await set("x", message, files, flags: 1) }

            // With --sync-changes the call has the server's refusal.
            server.install(Misbehaviour(on: "UID STORE", at: .received, .refuse("NO [NOPERM] not this")))
            await #expect(throws: Errno.accessDenied) { try await set("+Other", message, files) }
            try await expect(message, files, "Später")
        }
    }

    @Test func readOnly() async throws {
        let server = try InMemoryServer(.gmail)
        server.deliver(WithoutKernel.letter(1), to: "INBOX")
        try await WithoutKernel.run(server, isReadOnly: true) { files, folder in
            let message = InodeNumber(try WithoutKernel.first(in: folder, of: files).id).rawValue
            try await expect(message, files, "")
            await #expect(throws: Errno.readOnlyFileSystem) { try await set("+x", message, files) }
        }
    }

    @Test func elsewhere() async throws {
        let server = try InMemoryServer(.full)
        server.deliver(WithoutKernel.letter(1), to: "INBOX")
        try await WithoutKernel.run(server) { files, folder in
            let message = InodeNumber(try WithoutKernel.first(in: folder, of: files).id).rawValue
            await #expect(throws: Errno.noData) { try await get(message, files) }
            await #expect(throws: Errno.notSupported) { try await set("+x", message, files) }
            let listed = try await names(message, files)
            #expect(!listed.contains(Self.name))
        }
    }
}
