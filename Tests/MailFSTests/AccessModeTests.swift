import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// What both modes answer, and that a program which writes notices no difference.
@Suite("Exact and fast mode")
struct AccessModeTests {
    /// The kernel says so, or the watch does.
    private func close(_ file: Calls.Open, _ calls: Calls, isFast: Bool) async throws {
        if isFast { calls.files.sessionEnded(.unmounted) } else { try await calls.close(file) }
    }

    @Test("each tells the kernel sizes that it can go by")
    func sizes() async throws {
        try await WithoutKernel.run(try InMemoryServer(.full)) { files, _ in
            let (exact, fast) = (ExactMode(account: files), FastMode(account: files))
            #expect(exact.name == "exact" && fast.name == "fast")
            #expect([0, 1, 7].map { exact.told(claim: $0) } == [0, 1, 7])
            #expect([0, 1, 7].map { fast.told(claim: $0) } == [1, 1, 7])
            #expect(!exact.keeps(claim: 0) && exact.keeps(claim: 1) && fast.keeps(claim: 0))
            #expect(
                exact.isMisled(by: 5, where: 4) && exact.isMisled(by: 5, where: 6) && !exact.isMisled(by: 5, where: 5))
            #expect(
                !fast.isMisled(by: 5, where: 4) && fast.isMisled(by: 5, where: 6) && !fast.isMisled(by: 5, where: 5))
            #expect(exact.purposeOfWritten == .unfinished && fast.purposeOfWritten == .unattended)
        }
    }

    @Test("in fast mode opens and closes are not asked for")
    func unasked() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await Calls.run(server, isFast: true) { calls, folder in
            let id = try WithoutKernel.first(in: folder, of: calls.files).id
            await #expect(throws: Errno.noSystemCall) { _ = try await calls.open(id, flags: O_RDONLY) }
            let file = try await calls.create("a.eml", in: folder)
            await #expect(throws: Errno.noSystemCall) { try await calls.flush(file) }
            // No handle is needed, nor means anything.
            let read = calls.files.read(InodeNumber(id).rawValue, 999, offset: 0, count: 10)
            guard case .file(_, _, let count, _) = try await WithoutKernel.outcome(read) else {
                Issue.record("it is not read from its file")
                return
            }
            #expect(count == 10)
        }
    }

    @Test("in exact mode what has no handle is answered EBADF")
    func handles() async throws {
        try await Calls.run(try InMemoryServer(.full), isFast: false) { calls, folder in
            var file = try await calls.create("a.eml", in: folder)
            let right = file.handle
            file.handle = right + 1
            await #expect(throws: Errno.badDescriptor) { try await calls.write([1], file) }
            await #expect(throws: Errno.badDescriptor) { try await calls.synchronise(file) }
            let read = calls.files.read(file.inode, file.handle, offset: 0, count: 1)
            await #expect(throws: Errno.badDescriptor) { _ = try await WithoutKernel.outcome(read) }
            // A descriptor that cannot be written through says nothing about the file.
            let reader = try await calls.open(file.id, flags: O_RDONLY)
            await #expect(throws: Errno.badDescriptor) { try await calls.write([1], reader) }
            #expect(calls.files.access.use(of: reader.inode, reader.handle) == FileUse(id: file.id, isSynchronous: nil))
            #expect(calls.files.access.use(of: file.inode, right) == FileUse(id: file.id, isSynchronous: false))
        }
    }

    @Test("a file is sent when it is closed, with the time that a program gave it", arguments: [false, true])
    func sent(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server, isFast: isFast) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            #expect(calls.stage(file.id) == .created)
            try await calls.write(WithoutKernel.letter(1), file)
            #expect(calls.stage(file.id) == .written)
            try await calls.change(file.id, modified: 1_600_000_000)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty)
            #expect(calls.purpose(file.id) == calls.files.access.purposeOfWritten)
            try await close(file, calls, isFast: isFast)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [WithoutKernel.letter(1)])
            let shown = try await WithoutKernel.outcome(calls.files.getattr(file.inode, nil)).attributes
            #expect(shown.modified == 1_600_000_000)
        }
    }

    @Test("one whose name goes while it is open is never sent", arguments: [false, true])
    func unlinked(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server, isFast: isFast) { calls, folder in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(WithoutKernel.letter(1), file)
            try await calls.unlink("a.eml", in: folder)
            #expect(calls.stage(file.id) == .givenUp(isMessage: false))
            try await calls.write(WithoutKernel.letter(2), file)
            try await close(file, calls, isFast: isFast)
            calls.files.forget(file.inode, 1)
            #expect(calls.files.files.written(file.id) == nil)
            await calls.drain()
            #expect(server.messages(in: "INBOX").isEmpty)
        }
    }

    @Test("a message that is copied whole is copied by the server", arguments: [false, true])
    func copied(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await Calls.run(server, isFast: isFast) { calls, folder in
            let id = try WithoutKernel.first(in: folder, of: calls.files).id
            var source = Calls.Open(inode: InodeNumber(id).rawValue, handle: 0, id: id)
            if !isFast { source = try await calls.open(id, flags: O_RDONLY) }
            let target = try await calls.create("copy.eml", in: folder)
            let copied = calls.files.copyFileRange(
                source.inode, source.handle, sourceOffset: 0, target.inode, target.handle, targetOffset: 0,
                count: 1 << 20, flags: 0)
            #expect(try await WithoutKernel.outcome(copied) == WithoutKernel.letter(1).count)
            #expect(calls.stage(target.id) == .adopted)
            try await close(target, calls, isFast: isFast)
            await calls.drain()
            #expect(server.messages(in: "INBOX").map(\.bytes) == [WithoutKernel.letter(1), WithoutKernel.letter(1)])
            #expect(!server.observation.clientLines.contains { $0.contains("APPEND") })
        }
    }
}
