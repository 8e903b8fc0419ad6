import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import PosixFile
import Synchronization
import Testing

@testable import MailFS

/// What the journal is told, and when.
@Suite("When a file is complete")
struct CompletionTests {
    private let letter = WithoutKernel.letter(1)

    @Test("what cannot be a message says so at the close, and is not sent")
    func nul() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(letter + [0], file)
            await #expect(throws: Errno.invalidArgument) { try await calls.flush(file) }
            try await calls.release(file)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty)
            #expect(calls.purpose(file.id) == .upload)
            // A file that is no message may hold what it likes.
            let scratch = try await calls.create(".a.swp", in: folder)
            try await calls.write([0], scratch)
            try await calls.close(scratch)
            #expect(calls.purpose(scratch.id) == .scratch)
        }
    }

    @Test("a close is recorded and not sent while another may go on")
    func paused() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            let other = try await calls.open(file.id)
            try await calls.flush(file)
            #expect(calls.stage(file.id) == .created)
            try await calls.write(letter, file)
            try await calls.close(file)
            #expect(calls.stage(file.id) == .flushed)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty)
            try await calls.close(other)
            #expect(calls.stage(file.id) == nil)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [letter])
        }
    }

    @Test("fsync makes it a message; its writer sees what it wrote until it is closed")
    func synchronised() async throws {
        let server = try InMemoryServer(.full)
        let plain = Array("Subject: x\n\ntext\n".utf8)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            let reader = try await calls.open(file.id, flags: O_RDONLY)
            try await calls.write(plain, file)
            try await calls.synchronise(file)
            #expect(calls.stage(file.id) == .apart)
            #expect(server.messages(in: "INBOX").count == 1)
            #expect(calls.files.files.written(file.id)?.file.size == UInt64(plain.count))
            await #expect(throws: Errno.notPermitted) { _ = try await calls.open(file.id, flags: O_WRONLY) }
            try await calls.close(file)
            #expect(calls.stage(file.id) == .complete)
            try await calls.release(reader)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [Array("Subject: x\r\n\r\ntext\r\n".utf8)])
        }
    }

    @Test("who made it and has it open writes on after fsync: the whole takes the place of the part")
    func synchronisedInTheMiddle() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(Array("Subject: x\n\none\n".utf8), file)
            try await calls.synchronise(file)
            #expect(server.messages(in: "INBOX").map(\.bytes) == [Array("Subject: x\r\n\r\none\r\n".utf8)])
            try await calls.write(Array("two\n".utf8), at: 16, file)
            try await calls.close(file)
            await calls.drain()
            #expect(Self.present(in: server) == [Array("Subject: x\r\n\r\none\r\ntwo\r\n".utf8)])
        }
    }

    @Test("several programs write one after the other, and each close waits for the server: the whole is there")
    func closedInTurn() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server, waitsForServer: true) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(Array("Subject: x\n".utf8), file)
            try await calls.flush(file)
            #expect(Self.present(in: server) == [Array("Subject: x\r\n".utf8)])
            try await calls.write(Array("\none\n".utf8), at: 11, file)
            try await calls.flush(file)
            try await calls.write(Array("two\n".utf8), at: 16, file)
            try await calls.close(file)
            await calls.drain()
            #expect(Self.present(in: server) == [Array("Subject: x\r\n\r\none\r\ntwo\r\n".utf8)])
        }
    }

    private static func present(in server: InMemoryServer) -> [[UInt8]] {
        server.messages(in: "INBOX").filter { !$0.flags.contains("\\Deleted") }.map(\.bytes)
    }

    @Test("fsync after each write says nothing about the whole")
    func synchronous() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder, flags: O_RDWR | O_SYNC)
            try await calls.write(Array(letter.prefix(20)), file)
            try await calls.synchronise(file)
            #expect(calls.stage(file.id) == .flushed)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty)
            try await calls.write(Array(letter.dropFirst(20)), at: 20, file)
            try await calls.close(file)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [letter])
        }
    }

    @Test("what has no content waits for some, and is written later")
    func empty() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.synchronise(file)
            #expect(calls.stage(file.id) == .created)
            try await calls.close(file)
            #expect(calls.purpose(file.id) == .empty)
            let again = try await calls.open(file.id)
            #expect(calls.stage(file.id) == .resting)
            try await calls.write(letter, again)
            try await calls.close(again)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [letter])
        }
    }

    @Test("what could not be written whole is not sent, and says so at each close")
    func spoiled() async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(letter, file)
            let written = try #require(calls.files.files.written(file.id))
            written.work.withLock { _ = $0.failed(.noSpace) }
            await #expect(throws: Errno.noSpace) { try await calls.flush(file) }
            await #expect(throws: Errno.noSpace) { try await calls.synchronise(file) }
            try await calls.release(file)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty && calls.purpose(file.id) == .open)
            // It is told at once, and nothing of it is sent by a retry.
            for _ in 0..<2 {
                let failed = calls.files.service.failedChanges
                #expect(failed.map(\.path) == ["INBOX/a.eml"])
                #expect(failed.first?.error.contains("a write to it failed (No space left on device)") == true)
                try calls.files.service.retry(failed.map(\.id))
                try calls.files.service.retry([])
                await calls.look()
                #expect(server.messages(in: "INBOX").isEmpty)
            }
            // Whoever opens it and closes it again has not said that it is whole; whoever writes has.
            let again = try await calls.open(file.id)
            #expect(calls.stage(file.id) == .interrupted)
            try await calls.close(again)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty)
            try await calls.change(file.id, modified: 1_600_000_000)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [letter])
            #expect(calls.files.service.failedChanges == [])
        }
    }

    @Test("where changes wait for the server, a close has its verdict")
    func verdict() async throws {
        let server = try InMemoryServer(.full)
        try await WithoutKernel.run(server, waitsForServer: true) { files, folder in
            let calls = Calls(files: files)
            let file = try await calls.create("a.eml", in: folder)
            try await calls.flush(file)
            #expect(calls.stage(file.id) == .created)
            try await calls.write(letter, file)
            try await calls.flush(file)
            #expect(server.messages(in: "INBOX").map(\.bytes) == [letter])
            try await calls.release(file)
        }
    }
}
