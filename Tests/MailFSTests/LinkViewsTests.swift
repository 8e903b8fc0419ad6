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

    @Test("a link that the kernel knows leads to where its message is now") func followed() async throws {
        let server = try InMemoryServer(.full)
        server.deliver(WithoutKernel.letter(1), to: "INBOX")
        server.deliver(WithoutKernel.letter(2), to: "Work")
        try await WithoutKernel.run(server) { account, inbox in
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let folders = account.tree.withLock { tree in tree.folders.filter(\.holdsMessages).map(\.id) }
            for folder in folders { try await account.load(folder) }
            let unread = try await WithoutKernel.found(files, [".views", "unread"]).inode
            var links: [Inode] = []
            var names: [[UInt8]] = []
            for folder in [inbox] + folders.filter({ $0 != inbox }) {
                let name = try WithoutKernel.first(in: folder, of: account).name
                names.append(name)
                links.append(try await lookup(files, unread, name).inode)
            }
            try await rename(files, (1, Array("Work".utf8)), (1, Array("Trips".utf8)))
            let trips = try await WithoutKernel.found(files, ["Trips"]).inode
            try await rename(files, (InodeNumber(inbox).rawValue, names[0]), (trips, Array("found.eml".utf8)))
            let targets = [Array("found.eml".utf8), names[1]].map { Array("../../Trips/".utf8) + $0 }
            for (link, target) in zip(links, targets) {
                let found = try await WithoutKernel.outcome(files.readlink(link))
                #expect(found == target)
            }
        }
    }

    private func rename(
        _ files: ViewedFileSystem, _ old: (parent: Inode, name: [UInt8]), _ new: (parent: Inode, name: [UInt8])
    ) async throws {
        try await WithoutKernel.outcome(
            old.name.withUnsafeBytes { oldName in
                new.name.withUnsafeBytes { newName in
                    files.rename(old.parent, oldName, new.parent, newName, flags: 0, caller)
                }
            })
    }
}
