import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// A server that claims sizes that are wrong, and a file system without a kernel.
@Suite("Wrong sizes")
struct WrongSizeTests {
    private func withMount(
        claiming claimed: Int, _ body: (MailFileSystem, [Inode]) async throws -> Void
    ) async throws {
        let server = try InMemoryServer(.minimal)
        let size = WithoutKernel.letter(1).count
        server.install(
            Misbehaviour(on: "UID FETCH", .substitute("RFC822.SIZE \(size)", "RFC822.SIZE \(claimed)")))
        server.deliver([WithoutKernel.letter(1), WithoutKernel.letter(2)], to: "INBOX")
        try await WithoutKernel.run(server) { files, folder in
            let messages = files.tree.withLock {
                $0.upcoming(after: MessageID(rawValue: 0), octets: 1 << 20, in: folder)
            }
            try await body(files, messages.map { InodeNumber($0.id).rawValue })
        }
    }

    private func outcome<Value>(_ answer: Fuse.Answer<Value>) async throws -> Value {
        try await WithoutKernel.outcome(answer)
    }

    @Test("in fast mode a body that is longer than its file is an error until the kernel has asked for its size")
    func longer() async throws {
        let size = WithoutKernel.letter(1).count
        try await withMount(claiming: size - 9) { files, inodes in
            let first = try #require(inodes.first)
            #expect(files.files.becomeFast())
            let read = { files.read(first, 0, offset: 0, count: 4096) }
            await #expect(throws: Errno.ioError) { _ = try await outcome(read()) }
            // Whoever has the old size in hand is not shown the beginning as if it were the whole.
            await #expect(throws: Errno.ioError) { _ = try await outcome(read()) }
            #expect(try await outcome(files.getattr(first, nil)).attributes.size == UInt64(size))
            guard case .file(_, let offset, let count, _) = try await outcome(read()) else {
                Issue.record("it is not read from its file")
                return
            }
            #expect(offset == 0 && count == size)
        }
    }

    @Test("no size of a server is kept by the kernel after one was wrong, nor that of what claims to be empty")
    func timeouts() async throws {
        for claimed in [0, 12] {
            try await withMount(claiming: claimed) { files, inodes in
                let (first, second) = (try #require(inodes.first), try #require(inodes.last))
                func timeout(_ inode: Inode) async throws -> Double {
                    try await outcome(files.getattr(inode, nil)).timeout
                }
                let kept = MailFileSystem.timeout
                #expect(try await timeout(second) == (claimed == 0 ? 0 : kept))
                let caller = Caller(uid: 0, gid: 0, pid: 0)
                let opened = try await outcome(files.open(first, flags: O_RDONLY, caller))
                #expect(files.memory.isMisjudged(try #require(InodeNumber(rawValue: first).message)))
                #expect(try await timeout(first) == kept)
                #expect(try await timeout(second) == 0)
                _ = files.release(first, opened.handle, flags: O_RDONLY)
            }
        }
    }
}
