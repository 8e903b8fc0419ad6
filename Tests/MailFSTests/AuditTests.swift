import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// Each open and each change leaves a record with its outcome.
@Suite("Audit") struct AuditTests {
    private let caller = Caller(uid: 1000, gid: 1000, pid: getpid())

    private func name<Value>(
        _ text: String, _ body: (UnsafeRawBufferPointer) -> Fuse.Answer<Value>
    ) async throws -> Value {
        try await WithoutKernel.outcome(Array(text.utf8).withUnsafeBytes(body))
    }

    /// Runs with records of `body`'s calls; each `taken()` gives what came since the last.
    private func run(
        _ body: (AuditedFileSystem, MailFileSystem, FolderID, () -> [AuditRecord]) async throws -> Void
    ) async throws {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let found = Mutex<[AuditRecord]>([])
            let files = AuditedFileSystem(account, account: account) { record in found.withLock { $0.append(record) } }
            try await body(files, account, folder) {
                found.withLock { found in
                    defer { found = [] }
                    return found
                }
            }
        }
    }

    @Test("opens tell who reads what") func opens() async throws {
        try await run { files, account, folder, taken in
            let message = try WithoutKernel.first(in: folder, of: account)
            let inode = InodeNumber(message.id).rawValue
            let open = try await WithoutKernel.outcome(files.open(inode, flags: O_RDONLY, caller))
            let record = try #require(taken().first)
            #expect(record.call == "open" && record.error == nil && record.caller == caller)
            #expect(record.path == Array("INBOX/".utf8) + message.name)
            #expect(record.detail == Array("read".utf8))
            #expect(record.message == AuditRecord.Message(mailbox: "INBOX", uid: 1))
            #expect(record.program?.isEmpty == false)
            try await WithoutKernel.outcome(files.flush(inode, open.handle))
            try await WithoutKernel.outcome(files.release(inode, open.handle, flags: 0))
            _ = try await WithoutKernel.outcome(files.getattr(inode, nil))
            #expect(taken() == [])
            await #expect(throws: Errno.notPermitted) {
                _ = try await WithoutKernel.outcome(
                    files.setattr(inode, nil, SetAttributes(size: 0), caller))
            }
            #expect(taken().map(\.error) == [.notPermitted])
        }
    }

    @Test("changes tell what came of them") func changes() async throws {
        try await run { files, account, folder, taken in
            let inbox = InodeNumber(folder).rawValue
            let made = try await name("a.eml") { files.create(inbox, $0, mode: 0o600, flags: O_WRONLY, caller) }
            let (inode, handle) = (made.entry.inode, made.open.handle)
            _ = try await name("Subject: a\r\n\r\nText\r\n") {
                files.write(inode, handle, offset: 0, $0, flags: O_WRONLY)
            }
            try await WithoutKernel.outcome(files.flush(inode, handle))
            try await WithoutKernel.outcome(files.release(inode, handle, flags: 0))
            #expect(taken().map(\.call) == ["create", "close"])

            _ = try await name("Work") { files.mkdir(.root, $0, mode: 0o700, caller) }
            await #expect(throws: Errno.exists) {
                _ = try await name("Work") { files.mkdir(.root, $0, mode: 0o700, caller) }
            }
            await #expect(throws: Errno.notFound) { try await name("none.eml") { files.unlink(inbox, $0, caller) } }
            let records = taken()
            #expect(records.map(\.call) == ["mkdir", "mkdir", "unlink"])
            #expect(records.map(\.error) == [nil, .exists, .notFound])
            #expect(records.map { String(decoding: $0.path, as: UTF8.self) } == ["Work", "Work", "INBOX/none.eml"])

            let target = Array("b.eml".utf8)
            try await name("a.eml") { source in
                target.withUnsafeBytes { files.rename(inbox, source, inbox, $0, flags: 0, caller) }
            }
            let renamed = try #require(taken().first)
            #expect(renamed.call == "rename" && renamed.error == nil)
            #expect(renamed.path == Array("INBOX/a.eml".utf8) && renamed.detail == Array("INBOX/b.eml".utf8))
        }
    }
}
