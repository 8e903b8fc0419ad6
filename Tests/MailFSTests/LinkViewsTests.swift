import Fuse
import Glibc
import IMAPValue
import InMemoryIMAP
import MailModel
import MailTree
import MailViews
import Synchronization
import Testing

@testable import MailFS

/// `.views/unread` and `.views/flagged`, asked by a test in the place of the kernel.
@Suite("Link views") struct LinkViewsTests {
    private let caller = WithoutKernel.caller

    private struct Mounted {
        let files: ViewedFileSystem
        let account: MailFileSystem
        let unread: Inode
        let flagged: Inode
        let names: [[UInt8]]
    }

    private func lookup(_ files: ViewedFileSystem, _ parent: Inode, _ name: [UInt8]) async throws -> Entry {
        try await WithoutKernel.outcome(name.withUnsafeBytes { files.lookup(parent, $0, caller) })
    }

    private func run(_ body: (Mounted) async throws -> Void) async throws {
        let server = try InMemoryServer(.full)
        server.deliver((1...3).map(WithoutKernel.letter), to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let views = try await lookup(files, 1, Array(".views".utf8)).inode
            let names = account.tree.withLock { tree in
                tree.upcoming(after: MessageID(rawValue: 0), octets: .max, in: folder).map(\.name)
            }
            try await body(
                Mounted(
                    files: files, account: account,
                    unread: try await lookup(files, views, Array("unread".utf8)).inode,
                    flagged: try await lookup(files, views, Array("flagged".utf8)).inode, names: names))
        }
    }

    private func link(_ mounted: Mounted, _ name: [UInt8], in view: Inode, to target: String) async throws -> Entry {
        try await WithoutKernel.outcome(
            name.withUnsafeBytes { name in
                Array(target.utf8).withUnsafeBytes { mounted.files.symlink(view, name, target: $0, caller) }
            })
    }

    private func unlink(_ mounted: Mounted, _ name: [UInt8], in view: Inode) async throws {
        try await WithoutKernel.outcome(name.withUnsafeBytes { mounted.files.unlink(view, $0, caller) })
    }

    private func flags(_ mounted: Mounted, _ index: Int) -> Flags? {
        mounted.account.tree.withLock { tree in
            for folder in tree.folders {
                let node = mounted.names[index].withUnsafeBytes { tree.lookup(InodeNumber(folder.id), $0) }
                if case .message(let message, _) = node { return tree.message(message.id)?.summary.flags }
            }
            return nil
        }
    }

    @Test("a link leads to its message, from where it is") func target() async throws {
        try await run { mounted in
            let entry = try await lookup(mounted.files, mounted.unread, mounted.names[0])
            #expect(entry.attributes.kind == .symbolicLink)
            let target = try await WithoutKernel.outcome(mounted.files.readlink(entry.inode))
            #expect(target == Array("../../INBOX/".utf8) + mounted.names[0])
            #expect(entry.attributes.size == UInt64(target.count))
            await #expect(throws: Errno.notFound) {
                _ = try await lookup(mounted.files, mounted.flagged, mounted.names[0])
            }
        }
    }

    @Test("removing a link changes the flag, and never the message") func remove() async throws {
        try await run { mounted in
            try await unlink(mounted, mounted.names[1], in: mounted.unread)
            #expect(flags(mounted, 1)?.system.contains(.seen) == true)
            await #expect(throws: Errno.notFound) {
                _ = try await lookup(mounted.files, mounted.unread, mounted.names[1])
            }
            await #expect(throws: Errno.notFound) { try await unlink(mounted, mounted.names[1], in: mounted.unread) }
            _ = try await lookup(mounted.files, mounted.unread, mounted.names[2])
        }
    }

    @Test("making a link sets the flag; what leads to no message is refused") func make() async throws {
        try await run { mounted in
            let name = String(decoding: mounted.names[2], as: UTF8.self)
            _ = try await link(mounted, mounted.names[2], in: mounted.flagged, to: "../../INBOX/\(name)")
            #expect(flags(mounted, 2)?.system.contains(.flagged) == true)
            _ = try await lookup(mounted.files, mounted.flagged, mounted.names[2])
            for wrong in ["../../INBOX/none.eml", "/etc/passwd", "../../../INBOX/\(name)", "../../INBOX", ""] {
                await #expect(throws: Errno.notPermitted) {
                    _ = try await link(mounted, Array("x".utf8), in: mounted.flagged, to: wrong)
                }
            }
        }
    }

    @Test("moving a link from one view to another does both") func move() async throws {
        try await run { mounted in
            try await WithoutKernel.outcome(
                mounted.names[0].withUnsafeBytes { name in
                    mounted.files.rename(mounted.unread, name, mounted.flagged, name, flags: 0, caller)
                })
            #expect(flags(mounted, 0)?.system == [.seen, .flagged])
        }
    }

    @Test("each author has a directory, which comes and goes with the messages") func senders() async throws {
        let server = try InMemoryServer(.full)
        let fields = ["From: Mina <Mina@Example.org>", "From: mina@example.org", "From: \"a/b\"@x", "To: nobody@x"]
        server.deliver(fields.map { Array("\($0)\r\nSubject: s\r\n\r\nText.\r\n".utf8) }, to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let ids = account.tree.withLock { $0.upcoming(after: MessageID(rawValue: 0), octets: .max, in: folder) }
                .map(\.id)
            let views = try await lookup(files, 1, Array(".views".utf8)).inode
            let from = try await lookup(files, views, Array("from".utf8)).inode
            for name in ["mina@example.org", "MINA@example.org"] {
                let mina = try await lookup(files, from, Array(name.utf8)).inode
                for id in ids[..<2] {
                    let path = try #require(account.path(of: id))
                    let entry = try await lookup(files, mina, try #require(path.last))
                    let target = try await WithoutKernel.outcome(files.readlink(entry.inode))
                    #expect(target == Array("../../../".utf8) + path.joined(separator: [UInt8(ascii: "/")]))
                }
            }
            await #expect(throws: Errno.notFound) {
                _ = try await lookup(files, from, Array("nobody@x".utf8))
            }
            #expect(try await account.senders(of: ids).count == 3)
            for id in ids[..<2] {
                let name = try #require(account.path(of: id)?.last)
                try await WithoutKernel.outcome(
                    name.withUnsafeBytes { files.unlink(InodeNumber(folder).rawValue, $0, caller) })
            }
            await #expect(throws: Errno.notFound) {
                _ = try await lookup(files, from, Array("mina@example.org".utf8))
            }
        }
    }
}
