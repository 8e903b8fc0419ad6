import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import MailViews
import Synchronization
import Testing

@testable import MailFS

/// `.views`, asked by a test in the place of the kernel.
@Suite("Views") struct ViewsTests {
    private let caller = WithoutKernel.caller

    private func found(_ files: ViewedFileSystem, _ path: String...) async throws -> Entry {
        try await WithoutKernel.found(files, path)
    }

    private func listingOctets(_ files: ViewedFileSystem, in inode: Inode) async throws -> Int {
        let open = try await WithoutKernel.outcome(files.opendir(inode, flags: 0, caller))
        var octets = 0
        // The beginning, what stands behind all entries of the account, and the end.
        for offset in [0, 1 << 62, Int64.max - 1] {
            octets += try await WithoutKernel.outcome(
                files.readdir(inode, open.handle, offset: offset, capacity: 4096, plus: false)
            ).count
        }
        try await WithoutKernel.outcome(files.releasedir(inode, open.handle))
        return octets
    }

    private func run(
        lists: Bool = false, _ body: (ViewedFileSystem, MailFileSystem, MessageSummary) async throws -> Void
    ) async throws {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let message = try WithoutKernel.first(in: folder, of: account)
            try await body(
                ViewedFileSystem(account, account.makeViews(), listsViews: lists), account, message)
        }
    }

    @Test("the text of a message: its size is a bound until it is opened, and exact from then on") func text()
        async throws
    {
        try await run { files, _, message in
            let name = String(decoding: message.name.dropLast(4), as: UTF8.self) + ".txt"
            let claimed = try await found(files, ".views", "text", "INBOX", name)
            let expected = Array("Subject: letter 1\n\nText.\n".utf8)
            #expect(claimed.attributes.size > UInt64(expected.count) && claimed.attributeTimeout == 0)
            // While the directory is being listed the bound is what is shown.
            let parent = try await found(files, ".views", "text", "INBOX").inode
            let directory = try await WithoutKernel.outcome(files.opendir(parent, flags: 0, caller))
            let shown = try await WithoutKernel.outcome(files.getattr(claimed.inode, nil))
            #expect(shown.attributes.size == claimed.attributes.size && shown.timeout == 0)
            try await WithoutKernel.outcome(files.releasedir(parent, directory.handle))
            let open = try await WithoutKernel.outcome(files.open(claimed.inode, flags: O_RDONLY, caller))
            let known = try await WithoutKernel.outcome(files.getattr(claimed.inode, nil))
            #expect(known.attributes.size == UInt64(expected.count) && known.attributes.permissions == 0o400)
            guard
                case .bytes(let bytes) = try await WithoutKernel.outcome(
                    files.read(claimed.inode, open.handle, offset: 0, count: 4096))
            else { return #expect(Bool(false)) }
            #expect(bytes == expected)
            try await WithoutKernel.outcome(files.release(claimed.inode, open.handle, flags: 0))
            // Forgotten, it is found again under the same number, its body being here now.
            files.forget(claimed.inode, 1)
            let again = try await found(files, ".views", "text", "INBOX", name)
            #expect(again.inode == claimed.inode && again.attributes.size == UInt64(expected.count))
        }
    }

    @Test(
        "who asks for one file gets its exact size, in front of a read in any case", arguments: [nil, 0] as [Handle?])
    func exactSize(handle: Handle?) async throws {
        try await run { files, _, message in
            let name = String(decoding: message.name.dropLast(4), as: UTF8.self) + ".txt"
            let file = try await found(files, ".views", "text", "INBOX", name)
            let parent = try await found(files, ".views", "text", "INBOX").inode
            if handle != nil { _ = try await WithoutKernel.outcome(files.opendir(parent, flags: 0, caller)) }
            let attributes = try await WithoutKernel.outcome(files.getattr(file.inode, handle)).attributes
            #expect(attributes.size == UInt64("Subject: letter 1\n\nText.\n".utf8.count))
        }
    }

    @Test("another message under a name is another file, with its own text") func replaced() async throws {
        try await run { files, account, message in
            let name = String(decoding: message.name.dropLast(4), as: UTF8.self) + ".txt"
            let before = try await found(files, ".views", "text", "INBOX", name)
            _ = try await WithoutKernel.outcome(files.open(before.inode, flags: O_RDONLY, caller))
            let home = InodeNumber(try #require(account.tree.withLock { $0.message(message.id)?.home })).rawValue
            let made = try await WithoutKernel.outcome(
                Array("new.eml".utf8).withUnsafeBytes {
                    files.create(home, $0, mode: 0o600, flags: O_RDWR, caller)
                })
            let letter = Array("Subject: another\n\nOther words.\n".utf8)
            _ = try await WithoutKernel.outcome(
                letter.withUnsafeBytes { files.write(made.entry.inode, made.open.handle, offset: 0, $0, flags: 0) })
            try await WithoutKernel.outcome(files.flush(made.entry.inode, made.open.handle))
            try await WithoutKernel.outcome(files.release(made.entry.inode, made.open.handle, flags: 0))
            try await WithoutKernel.outcome(
                Array("new.eml".utf8).withUnsafeBytes { new in
                    message.name.withUnsafeBytes {
                        files.rename(home, new, home, $0, flags: 0, caller)
                    }
                })
            let after = try await found(files, ".views", "text", "INBOX", name)
            #expect(after.inode != before.inode)
            let open = try await WithoutKernel.outcome(files.open(after.inode, flags: O_RDONLY, caller))
            guard
                case .bytes(let bytes) = try await WithoutKernel.outcome(
                    files.read(after.inode, open.handle, offset: 0, count: 4096))
            else { return #expect(Bool(false)) }
            #expect(String(decoding: bytes, as: UTF8.self) == "Subject: another\n\nOther words.\n")
        }
    }

    @Test("inode numbers ascend in the order of the listing, and a listing shows the same ones") func numbers()
        async throws
    {
        let server = try InMemoryServer(.full)
        server.deliver((1...40).map(WithoutKernel.letter), to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let names = account.tree.withLock { tree in
                tree.upcoming(after: MessageID(rawValue: 0), octets: .max, in: folder).map(\.name)
            }
            #expect(names.count == 40)
            var numbers: [Inode] = []
            for name in names {
                let text = String(decoding: name.dropLast(4), as: UTF8.self) + ".txt"
                numbers.append(try await found(files, ".views", "text", "INBOX", text).inode)
            }
            #expect(numbers == numbers.sorted() && Set(numbers).count == 40)
        }
    }

    @Test("each message has a text by a name of its own, whatever is called like it") func names() async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("INBOX/one.txt")
        server.deliver((1...5).map(WithoutKernel.letter), to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let given = [
                ("one.eml", "one.eml.txt"), ("two.EML", "two.EML.txt"), ("two.EML.eml", "two.EML.eml.txt"),
                ("two.EML.eml.eml", "two.EML.eml.eml.txt"), ("three.eml", "three.txt"),
            ]
            let messages = account.tree.withLock { tree in
                tree.upcoming(after: MessageID(rawValue: 0), octets: .max, in: folder)
            }
            for (message, (name, _)) in zip(messages, given) {
                _ = try account.service.rename(message.id, to: folder, as: Array(name.utf8), replacing: nil)
            }
            let views = TextView.root(of: account, modified: 0)
            guard case .directory(let inbox)? = try await views.lookup(Array("INBOX".utf8)) else {
                return #expect(Bool(false))
            }
            let listing = try await inbox.listing()
            let names = (0..<listing.count).map { String(decoding: listing.name($0), as: UTF8.self) }
            #expect(names.sorted() == (given.map(\.1) + ["one.txt"]).sorted())
            for (message, (_, name)) in zip(messages, given) {
                guard case .file(let file)? = try await inbox.lookup(Array(name.utf8)) else {
                    #expect(Bool(false), "\(name)")
                    continue
                }
                #expect(file.source == message.id, "\(name)")
            }
            for name in ["two.txt", "three.eml.txt", "one.eml"] {
                #expect(try await inbox.lookup(Array(name.utf8)) == nil, "\(name)")
            }
        }
    }

    @Test("it can be read where the kernel opens without asking") func unasked() async throws {
        try await run { files, _, message in
            let name = String(decoding: message.name.dropLast(4), as: UTF8.self) + ".txt"
            let entry = try await found(files, ".views", "text", "INBOX", name)
            guard
                case .bytes(let bytes) = try await WithoutKernel.outcome(
                    files.read(entry.inode, 0, offset: 9, count: 6))
            else { return #expect(Bool(false)) }
            #expect(bytes == Array("letter".utf8))
        }
    }

    @Test("nothing in it can be changed") func readOnly() async throws {
        try await run { files, account, message in
            let name = String(decoding: message.name.dropLast(4), as: UTF8.self) + ".txt"
            let folder = try await found(files, ".views", "text", "INBOX").inode
            let file = try await found(files, ".views", "text", "INBOX", name).inode
            await #expect(throws: Errno.readOnlyFileSystem) {
                _ = try await WithoutKernel.outcome(files.open(file, flags: O_WRONLY, caller))
            }
            await #expect(throws: Errno.readOnlyFileSystem) {
                try await WithoutKernel.outcome(
                    Array(name.utf8).withUnsafeBytes { files.unlink(folder, $0, caller) })
            }
            await #expect(throws: Errno.readOnlyFileSystem) {
                _ = try await WithoutKernel.outcome(
                    Array("new".utf8).withUnsafeBytes { files.mkdir(folder, $0, mode: 0o700, caller) })
            }
            let home = try #require(account.tree.withLock { $0.message(message.id)?.home })
            await #expect(throws: Errno.readOnlyFileSystem) {
                try await WithoutKernel.outcome(
                    message.name.withUnsafeBytes { old in
                        Array("a.eml".utf8).withUnsafeBytes {
                            files.rename(InodeNumber(home).rawValue, old, folder, $0, flags: 0, caller)
                        }
                    })
            }
            await #expect(throws: Errno.exists) {
                _ = try await WithoutKernel.outcome(
                    Array(".views".utf8).withUnsafeBytes { files.mkdir(1, $0, mode: 0o700, caller) })
            }
            await #expect(throws: Errno.noData) {
                _ = try await WithoutKernel.outcome(
                    Array("user.imap.uid".utf8).withUnsafeBytes { files.getxattr(file, $0, caller) })
            }
        }
    }

    @Test("it is listed where that is asked for, and found by name always", arguments: [false, true])
    func listed(lists: Bool) async throws {
        try await run(lists: lists) { files, account, _ in
            _ = try await found(files, ".views")
            let root = try await listingOctets(files, in: 1)
            let plain = try await listingOctets(
                ViewedFileSystem(account, account.makeViews(), listsViews: false), in: 1)
            #expect(root - plain == (lists ? 32 : 0))
        }
    }
}
