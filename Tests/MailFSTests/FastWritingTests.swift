import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import Testing

@testable import MailFS

@Suite("Writing without handles")
struct FastWritingTests {
    private func run(_ server: InMemoryServer, _ body: (Calls, FolderID) async throws -> Void) async throws {
        try await WithoutKernel.run(server) { files, folder in
            #expect(files.files.becomeFast())
            try await body(Calls(files: files), folder)
        }
    }

    @Test("what is too large says so at the write, as nobody hears it later, and is sent when it was begun again")
    func tooLarge() async throws {
        var configuration = ServerConfiguration.full
        configuration.capabilities.append("APPENDLIMIT=200")
        let server = try InMemoryServer(configuration)
        try await run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            let large = WithoutKernel.letter(1) + Array(repeating: 65, count: 200)
            await #expect(throws: Errno.fileTooLarge) { try await calls.write(large, file) }
            #expect(calls.stage(file.id) == .spoiled(EFBIG))
            calls.files.sessionEnded(.unmounted)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty && calls.purpose(file.id) == .open)

            try await calls.change(file.id, size: 0)
            try await calls.write(WithoutKernel.letter(1), file)
            calls.files.sessionEnded(.unmounted)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [WithoutKernel.letter(1)])
        }
    }

    @Test("a write or a new size begins to attend a file, a new mode does not")
    func attends() async throws {
        try await run(try InMemoryServer(.full)) { calls, folder in
            let file = try await calls.create(".a.tmp", in: folder, flags: O_WRONLY)
            #expect(calls.files.files.attended == [file.id])
            calls.files.sessionEnded(.unmounted)
            #expect(calls.files.files.attended.isEmpty)
            try await calls.change(file.id)
            #expect(calls.files.files.attended.isEmpty)
            try await calls.change(file.id, size: 5)
            #expect(calls.files.files.attended == [file.id])
            #expect(calls.stage(file.id) == .written && calls.files.files.written(file.id)?.live?.size == 5)
        }
    }

    @Test("fsync of what is written with O_SYNC says nothing about the whole; any other does")
    func synchronised() async throws {
        let server = try InMemoryServer(.full)
        try await run(server) { calls, folder in
            let file = try await calls.create("a.eml", in: folder, flags: O_WRONLY | O_DSYNC)
            try await calls.write(WithoutKernel.letter(1), file)
            try await calls.synchronise(file)
            #expect(calls.stage(file.id) == .flushed)
            let other = try await calls.create("b.eml", in: folder)
            try await calls.write(WithoutKernel.letter(2), other)
            try await calls.synchronise(other)
            #expect(calls.stage(other.id) == .apart)
            #expect(server.messages(in: "INBOX").map(\.bytes) == [WithoutKernel.letter(2)])
        }
    }
}
