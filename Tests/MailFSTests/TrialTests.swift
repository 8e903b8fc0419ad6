import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

@Suite("When fast mode begins")
struct TrialTests {
    /// A server whose sizes are believed, because all its messages have been opened.
    private func run(waitsForServer: Bool, _ body: (Calls, FolderID, MessageID) async throws -> Void) async throws {
        let server = try InMemoryServer(.full)
        server.deliver((1...256).map(WithoutKernel.letter), to: "INBOX")
        try await WithoutKernel.run(server, waitsForServer: waitsForServer) { files, folder in
            let calls = Calls(files: files)
            let messages = files.tree.withLock {
                $0.upcoming(after: MessageID(rawValue: 0), octets: 1 << 30, in: folder)
            }
            #expect(!files.service.sizeClaimsAreBelieved)
            for message in messages {
                try await calls.release(try await calls.open(message.id, flags: O_RDONLY))
            }
            #expect(files.service.sizeClaimsAreBelieved)
            try await body(calls, folder, try #require(messages.first).id)
        }
    }

    @Test("it begins when sizes are believed, the kernel was tried and nobody has a file open for writing")
    func begins() async throws {
        try await run(waitsForServer: false) { calls, folder, id in
            try await calls.release(try await calls.open(id, flags: O_RDONLY))
            for outcome in [MailFileSystem.Trial.none, MailFileSystem.Trial.underWay, MailFileSystem.Trial.failed] {
                calls.files.trial.store(outcome, ordering: .releasing)
                #expect(!calls.files.becomesFast() && calls.files.mode == "exact")
            }
            calls.files.trial.store(MailFileSystem.Trial.passed, ordering: .releasing)
            let writer = try await calls.create(".a.tmp", in: folder)
            try await calls.release(try await calls.open(id, flags: O_RDONLY))
            try await calls.close(writer)
            await #expect(throws: Errno.noSystemCall) { _ = try await calls.open(id, flags: O_RDONLY) }
            #expect(calls.files.mode == "fast")
        }
    }

    @Test("it does not where changes wait for the server, which needs to hear of each close")
    func waits() async throws {
        try await run(waitsForServer: true) { calls, _, id in
            calls.files.trial.store(MailFileSystem.Trial.passed, ordering: .releasing)
            try await calls.release(try await calls.open(id, flags: O_RDONLY))
            #expect(calls.files.mode == "exact")
        }
    }
}
