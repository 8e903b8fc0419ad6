import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import PosixFile
import Synchronization
import Testing

@testable import MailFS

@Suite("Writing")
struct WritingTests {
    @Test("what has another name than mail or an editor's file is refused", arguments: [false, true])
    func names(isFast: Bool) async throws {
        try await Calls.run(try InMemoryServer(.full), isFast: isFast) { calls, folder in
            await #expect(throws: Errno.notPermitted) { _ = try await calls.create("notes.txt", in: folder) }
            let long = String(repeating: "x", count: 252) + ".eml"
            await #expect(throws: Errno.nameTooLong) { _ = try await calls.create(long, in: folder) }
            _ = try await calls.create("a.eml", in: folder)
            await #expect(throws: Errno.exists) { _ = try await calls.create("a.eml", in: folder, flags: O_EXCL) }
            await #expect(throws: Errno.stale) { _ = try await calls.create("a.eml", in: folder) }
            // A message is found under its name and nowhere else.
            await #expect(throws: Errno.notPermitted) { _ = try await calls.create("b.eml", in: .root) }
        }
    }

    @Test("a message is not written to, but in the drafts' folder", arguments: [false, true])
    func drafts(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Drafts", specialUse: "\\Drafts")
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        server.deliver([WithoutKernel.letter(2)], to: "Drafts")
        try await Calls.run(server, isFast: isFast) { calls, inbox in
            let found = calls.files.tree.withLock { $0.folders.first { $0.displayName == "Drafts" } }
            let drafts = try #require(found)
            try await calls.files.load(drafts.id)
            func first(_ folder: FolderID) throws -> MessageID {
                try WithoutKernel.first(in: folder, of: calls.files).id
            }
            func opened(_ id: MessageID) async throws -> Calls.Open {
                isFast ? Calls.Open(inode: InodeNumber(id).rawValue, handle: 0, id: id) : try await calls.open(id)
            }
            let message = try first(inbox)
            await #expect(throws: Errno.notPermitted) { try await calls.write([65], try await opened(message)) }
            await #expect(throws: Errno.notPermitted) { try await calls.change(message, size: 0) }

            let draft = try await opened(try first(drafts.id))
            try await calls.write(Array("Subject: letter 3".utf8), draft)
            #expect(calls.stage(draft.id) == .written)
            let new = WithoutKernel.letter(2).replacing(Array("letter 2".utf8), with: Array("letter 3".utf8))
            if isFast { calls.files.sessionEnded(.unmounted) } else { try await calls.close(draft) }
            await calls.drain()
            #expect(server.messages(in: "Drafts").filter { !$0.flags.contains("\\Deleted") }.map(\.bytes) == [new])
        }
    }

    @Test("what is appended goes to the end, whatever size the kernel knows", arguments: [false, true])
    func appended(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Drafts", specialUse: "\\Drafts")
        let draft = Array("Subject: a\r\n\r\none\r\ntwo\r\n".utf8)
        server.deliver([draft], to: "Drafts")
        try await Calls.run(server, isFast: isFast) { calls, _ in
            let found = calls.files.tree.withLock { $0.folders.first { $0.displayName == "Drafts" } }
            let drafts = try #require(found).id
            try await calls.files.load(drafts)
            let id = try WithoutKernel.first(in: drafts, of: calls.files).id
            let flags = O_WRONLY | O_APPEND
            var open = Calls.Open(inode: InodeNumber(id).rawValue, handle: 0, id: id)
            if !isFast {
                let reply = try await WithoutKernel.outcome(
                    calls.files.open(open.inode, flags: flags, WithoutKernel.caller))
                #expect(reply.directIO && !reply.keepCache)
                open.handle = reply.handle
            }
            // The kernel knows the size that it had with bare LF.
            try await calls.write(Array("three\r\n".utf8), at: draft.count - 4, open, flags: flags)
            try await calls.write(Array("four\r\n".utf8), at: draft.count + 3, open, flags: flags)
            if isFast { calls.files.sessionEnded(.unmounted) } else { try await calls.close(open) }
            await calls.drain()
            let whole = draft + Array("three\r\nfour\r\n".utf8)
            #expect(server.messages(in: "Drafts").filter { !$0.flags.contains("\\Deleted") }.map(\.bytes) == [whole])
        }
    }

    @Test("a directory with files that are no mail is not empty", arguments: ["x.tmp", ".a.eml.swp", "a.eml~"])
    func scratchStays(name: String) async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("C")
        try await Calls.run(server) { calls, _ in
            let found = calls.files.tree.withLock { $0.folders.first { $0.displayName == "C" } }
            let folder = try #require(found).id
            try await calls.files.load(folder)
            try await calls.close(try await calls.create(name, in: folder))
            await #expect(throws: Errno.notEmpty) { try await calls.rmdir("C") }
            try await calls.unlink(name, in: folder)
            try await calls.rmdir("C")
        }
    }

    @Test("a file made without an open is at rest at once; with a size it is a message", arguments: [false, true])
    func made(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server, isFast: isFast) { calls, folder in
            let made = Array("a.eml".utf8).withUnsafeBytes {
                calls.files.mknod(
                    InodeNumber(folder).rawValue, $0, mode: S_IFREG | 0o600, device: 0, WithoutKernel.caller)
            }
            let id = try #require(InodeNumber(rawValue: try await WithoutKernel.outcome(made).inode).message)
            #expect(calls.purpose(id) == .empty && calls.files.files.written(id) == nil)
        }
    }

    @Test("the size of a file that nobody has open is changed and is known to the journal")
    func truncated() async throws {
        try await Calls.run(try InMemoryServer(.full), isFast: false) { calls, folder in
            let file = try await calls.create(".a.tmp", in: folder)
            try await calls.write([65, 66, 67], file)
            try await calls.close(file)
            try await calls.change(file.id, size: 1)
            #expect(calls.files.service.localFile(file.id)?.size == 1 && calls.stage(file.id) == nil)
        }
    }

    @Test("a draft that cannot be cut stays what the server has", arguments: [false, true])
    func uncut(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Drafts", specialUse: "\\Drafts")
        server.deliver([WithoutKernel.letter(1)], to: "Drafts")
        try await Calls.run(server, isFast: isFast) { calls, _ in
            let found = calls.files.tree.withLock { $0.folders.first { $0.displayName == "Drafts" } }
            let drafts = try #require(found).id
            try await calls.files.load(drafts)
            let id = try WithoutKernel.first(in: drafts, of: calls.files).id
            let path = calls.files.service.spoolPath(of: id)
            var open = Calls.Open(inode: InodeNumber(id).rawValue, handle: 0, id: id)
            if !isFast { open = try await calls.open(id) }
            await FileFaults.injecting(path) {
                await #expect(throws: Errno.noSpace) { try await calls.change(id, size: 0) }
            }
            if isFast { calls.files.sessionEnded(.unmounted) } else { try await calls.close(open) }
            #expect(calls.files.service.localFile(id) == nil && !FileNames.exists(path))
            #expect(try WithoutKernel.first(in: drafts, of: calls.files).standing == .settled)
            // And is cut when it can be.
            if !isFast { open = try await calls.open(id) }
            try await calls.change(id, size: 0)
            try await calls.write(WithoutKernel.letter(2), open)
            if isFast { calls.files.sessionEnded(.unmounted) } else { try await calls.close(open) }
            await calls.drain()
            let left = server.messages(in: "Drafts").filter { !$0.flags.contains("\\Deleted") }.map(\.bytes)
            #expect(left == [WithoutKernel.letter(2)])
        }
    }
}

extension FileFaults {
    /// The file of this path cannot be cut until `body` returns, but once, when it is made.
    fileprivate static func injecting(_ path: String, _ body: () async throws -> Void) async rethrows {
        let count = Atomic(0)
        let end = inject(under: path) { call, _ in
            call == .truncate && count.add(1, ordering: .relaxed).newValue > 1 ? ENOSPC : nil
        }
        defer { end() }
        try await body()
    }
}
