import Foundation
import Fuse
import Glibc
import IMAPValue
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import MailViews
import Synchronization
import Testing

@testable import MailFS

/// `.views/maildir`, asked by a test in the place of the kernel, and what becomes of it on the server.
@Suite("Maildir") struct MaildirTests {
    private let caller = WithoutKernel.caller

    struct Mounted {
        let server: InMemoryServer
        let files: any FileSystem
        let account: MailFileSystem
        let inbox: FolderID
        let root: Inode

        func found(_ path: String) async throws -> Entry {
            var entry: Entry?
            var inode = root
            for name in path.split(separator: "/") {
                let next = try await WithoutKernel.outcome(
                    Array(name.utf8).withUnsafeBytes { files.lookup(inode, $0, WithoutKernel.caller) })
                inode = next.inode
                entry = next
            }
            return try #require(entry)
        }

        /// A directory and a name in it.
        private func place(_ path: String) async throws -> (Inode, [UInt8]) {
            let parts = path.split(separator: "/")
            let parent = parts.dropLast().joined(separator: "/")
            return (parent.isEmpty ? root : try await found(parent).inode, Array((parts.last ?? "").utf8))
        }

        func isThere(_ path: String) async throws -> Bool {
            do {
                _ = try await found(path)
                return true
            } catch let error as Errno where error == .notFound {
                return false
            }
        }

        func list(_ path: String) async throws -> [String] {
            let directory: any ViewDirectory = MaildirDirectory(account)
            var node = ViewNode.directory(directory)
            for name in path.split(separator: "/") {
                guard case .directory(let directory) = node else { throw Errno.notDirectory }
                node = try #require(try await directory.lookup(Array(name.utf8)))
            }
            guard case .directory(let directory) = node else { throw Errno.notDirectory }
            let listing = try await directory.listing()
            return (0..<listing.count).map { String(decoding: listing.name($0), as: UTF8.self) }.sorted()
        }

        func rename(_ path: String, _ new: String, flags: UInt32 = 0) async throws {
            let ((parent, name), (newParent, newName)) = (try await place(path), try await place(new))
            try await WithoutKernel.outcome(
                name.withUnsafeBytes { name in
                    newName.withUnsafeBytes {
                        files.rename(parent, name, newParent, $0, flags: flags, WithoutKernel.caller)
                    }
                })
        }

        func link(_ path: String, _ new: String) async throws -> Entry {
            let (newParent, newName) = try await place(new)
            let inode = try await found(path).inode
            return try await WithoutKernel.outcome(
                newName.withUnsafeBytes { files.link(inode, newParent, $0, WithoutKernel.caller) })
        }

        func unlink(_ path: String) async throws {
            let (parent, name) = try await place(path)
            try await WithoutKernel.outcome(
                name.withUnsafeBytes { files.unlink(parent, $0, WithoutKernel.caller) })
        }

        func mkdir(_ path: String) async throws {
            let (parent, name) = try await place(path)
            _ = try await WithoutKernel.outcome(
                name.withUnsafeBytes { files.mkdir(parent, $0, mode: 0o700, WithoutKernel.caller) })
        }

        func rmdir(_ path: String) async throws {
            let (parent, name) = try await place(path)
            try await WithoutKernel.outcome(
                name.withUnsafeBytes { files.rmdir(parent, $0, WithoutKernel.caller) })
        }

        /// As programs do: written, and closed.
        @discardableResult
        func write(_ path: String, _ text: String) async throws -> Inode {
            let (parent, name) = try await place(path)
            let made = try await WithoutKernel.outcome(
                name.withUnsafeBytes {
                    files.create(parent, $0, mode: 0o600, flags: O_WRONLY | O_CREAT | O_EXCL, WithoutKernel.caller)
                })
            let (inode, handle) = (made.entry.inode, made.open.handle)
            _ = try await WithoutKernel.outcome(
                Array(text.utf8).withUnsafeBytes { files.write(inode, handle, offset: 0, $0, flags: O_WRONLY) })
            try await WithoutKernel.outcome(files.flush(inode, handle))
            try await WithoutKernel.outcome(files.release(inode, handle, flags: O_WRONLY))
            return inode
        }

        func sync(_ folders: [String]) async throws {
            try await account.service.synchronise(paths: folders, bodies: false) { _, _ in }
        }

        func drain() async { #expect(await account.service.drain(until: .now + .seconds(60)) == 0) }

        func flags(_ uid: UInt32, in folder: String = "INBOX") -> Set<String>? {
            server.account.flags(of: uid, in: folder).map { Set($0).subtracting([#"\Recent"#]) }
        }

        /// The names in INBOX itself.
        var names: [String] {
            account.tree.withLock { tree in
                var names: [String] = []
                tree.forEachFile(of: InodeNumber(inbox)) { name, _, _ in
                    names.append(String(decoding: name, as: UTF8.self))
                }
                return names
            }
        }
    }

    final class Records: Sendable {
        let records = Mutex<[AuditRecord]>([])

        func recording(
            _ files: any FileSystem, _ account: MailFileSystem, _ views: ViewFileSystem
        ) -> AuditedFileSystem {
            AuditedFileSystem(files, account: account, views: views) { record in
                self.records.withLock { $0.append(record) }
            }
        }
    }

    private func run(
        letters: Int = 3, isReadOnly: Bool = false, allowed: ChangeKinds = .all, in place: String? = nil,
        server: InMemoryServer? = nil,
        records: Records? = nil,
        _ body: (Mounted) async throws -> Void
    ) async throws {
        let known = server
        let server = try known ?? InMemoryServer(.full)
        if known == nil, letters > 0 { server.deliver((1...letters).map(WithoutKernel.letter), to: "INBOX") }
        try await WithoutKernel.run(server, isReadOnly: isReadOnly, allowed: allowed, in: place) { account, inbox in
            let views = account.makeViews()
            let files = ViewedFileSystem(account, views, listsViews: false)
            let root = try await WithoutKernel.found(files, [".views", "maildir"]).inode
            try await body(
                Mounted(
                    server: server, files: records?.recording(files, account, views) ?? files, account: account,
                    inbox: inbox, root: root))
        }
    }

    private static let text = "Subject: new\nMessage-ID: <new@example.org>\n\nText\n"

    // MARK: - What is shown

    @Test("a message is the account's own file, with its flags in its name") func names() async throws {
        try await run(letters: 1) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            #expect(name.hasSuffix(",S=\(WithoutKernel.letter(1).count):2,"))
            let entry = try await mounted.found("cur/\(name)")
            #expect(InodeNumber(rawValue: entry.inode).message != nil && entry.entryTimeout == 0)
            mounted.server.setFlags([#"\Seen"#, "$Forwarded"], of: 1, in: "INBOX")
            try await mounted.sync(["INBOX"])
            #expect(try await mounted.list("cur") == ["\(name)PS"])
            #expect(try await !mounted.isThere("cur/\(name)"))
            #expect(try await mounted.found("cur/\(name)SP").inode == entry.inode)
        }
    }

    private static func time(_ entry: Entry) -> Int64 {
        entry.attributes.modified * 1_000_000_000 + Int64(entry.attributes.modifiedNanoseconds)
    }

    @Test("the time of a directory is another after each change, be they in one second") func times() async throws {
        try await run(letters: 1) { mounted in
            var times = [Self.time(try await mounted.found("cur"))]
            let changed = {
                let entry = try await mounted.found("cur")
                #expect(entry.attributeTimeout == 0)
                times.append(Self.time(entry))
            }
            let name = try #require(try await mounted.list("cur").first)
            try await mounted.rename("cur/\(name)", "cur/\(name)T")
            try await changed()
            for flag in [#"\Seen"#, #"\Flagged"#] {
                mounted.server.setFlags([flag], of: 1, in: "INBOX")
                try await mounted.sync(["INBOX"])
                try await changed()
            }
            try await mounted.write("tmp/a", Self.text)
            try await mounted.rename("tmp/a", "new/a")
            try await changed()
            try await mounted.rename("new/a", "cur/a:2,")
            try await changed()
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("folders are beside INBOX, by their paths") func folders() async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Archive/2024")
        server.createFolder("a.b")
        server.deliver(WithoutKernel.letter(1), to: "Archive/2024", flags: [#"\Seen"#])
        server.deliver(WithoutKernel.letter(2), to: "INBOX")
        try await run(server: server) { mounted in
            let names = try await mounted.list("")
            #expect(Set(names).isSuperset(of: [".Archive.2024", ".a%2Eb", "cur", "new", "tmp"]))
            // It only holds one.
            #expect(!names.contains(".Archive") && !names.contains(".INBOX"))
            #expect(try await mounted.list(".Archive.2024/cur").count == 1)
            #expect(try await mounted.list(".a%2Eb") == ["cur", "new", "tmp"])
        }
    }

    @Test("what comes unseen while it is mounted is in new, until a program moves it") func news() async throws {
        try await run(letters: 1) { mounted in
            mounted.server.deliver(WithoutKernel.letter(2), to: "INBOX")
            mounted.server.deliver(WithoutKernel.letter(3), to: "INBOX", flags: [#"\Seen"#])
            try await mounted.sync(["INBOX"])
            #expect(try await mounted.list("cur").count == 2)
            let new = try #require(try await mounted.list("new").first)
            #expect(!new.contains(":"))
            // rename(2) to another name of the same file would do nothing.
            #expect(try await !mounted.isThere("cur/\(new):2,"))
            try await mounted.rename("new/\(new)", "cur/\(new):2,")
            #expect(try await mounted.list("new") == [])
            #expect(try await mounted.isThere("cur/\(new):2,"))
            #expect(try await !mounted.isThere("new/\(new)"))
        }
    }

    @Test("what a first listing brings is not new, however many parts it comes in") func firstListing() async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Big")
        server.deliver((1...12_000).map(WithoutKernel.letter), to: "Big")
        try await run(server: server) { mounted in
            #expect(try await mounted.list(".Big/cur").count == 12_000)
            #expect(try await mounted.list(".Big/new") == [])
            server.deliver(WithoutKernel.letter(12_001), to: "Big")
            try await mounted.sync(["Big"])
            let new = try await mounted.list(".Big/new")
            #expect(new.count == 1)
        }
    }

    @Test("nor is it after a change, in whatever folder that was") func firstListingAfterAChange() async throws {
        let server = try InMemoryServer(.full)
        server.deliver((1...2).map(WithoutKernel.letter), to: "INBOX")
        try await run(server: server) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            try await mounted.unlink("cur/\(name)")
            await mounted.drain()
            server.createFolder("Other")
            server.deliver((3...5).map(WithoutKernel.letter), to: "Other")
            try await mounted.sync([])
            #expect(try await mounted.list(".Other/cur").count == 3)
            #expect(try await mounted.list(".Other/new") == [])
            server.deliver(WithoutKernel.letter(6), to: "Other")
            try await mounted.sync(["Other"])
            #expect(try await mounted.list(".Other/new").count == 1)
        }
    }

    // MARK: - Flags

    @Test("a rename changes on the server what differs in the names") func flags() async throws {
        try await run(letters: 1) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            mounted.server.setFlags(["other"], of: 1, in: "INBOX")
            try await mounted.rename("cur/\(name)", "cur/\(name)FPS")
            #expect(try await mounted.list("cur") == ["\(name)FPS"])
            await mounted.drain()
            #expect(mounted.flags(1) == [#"\Flagged"#, #"\Seen"#, "$Forwarded", "other"])
            try await mounted.rename("cur/\(name)FPS", "cur/\(name)R")
            await mounted.drain()
            #expect(mounted.flags(1) == [#"\Answered"#, "other"])
            #expect(mounted.names.count == 1 && mounted.names.allSatisfy { !$0.contains("S=") })
        }
    }

    @Test("T is a word of this mount's until the file is removed") func trashed() async throws {
        try await run(letters: 1) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            try await mounted.rename("cur/\(name)", "cur/\(name)ST")
            await mounted.drain()
            #expect(mounted.flags(1) == [#"\Seen"#])
            #expect(try await mounted.list("cur") == ["\(name)ST"])
            try await mounted.unlink("cur/\(name)ST")
            #expect(try await mounted.list("cur") == [])
            await mounted.drain()
            #expect(mounted.flags(1) == [#"\Deleted"#, #"\Seen"#])
        }
    }

    // MARK: - Moving and deleting

    @Test("a rename into another folder moves, and the name stays") func move() async throws {
        try await run(letters: 1) { mounted in
            mounted.server.createFolder("Work")
            try await mounted.sync([])
            let name = try #require(try await mounted.list("cur").first)
            let inode = try await mounted.found("cur/\(name)").inode
            try await mounted.rename("cur/\(name)", ".Work/cur/\(name)S")
            #expect(try await mounted.list("cur") == [])
            #expect(try await mounted.list(".Work/cur") == ["\(name)S"])
            #expect(try await mounted.found(".Work/cur/\(name)S").inode == inode)
            await mounted.drain()
            let uid = try #require(mounted.server.account.uids(in: "Work").first)
            #expect(mounted.flags(uid, in: "Work") == [#"\Seen"#])
            let path = try #require(
                mounted.account.path(of: InodeNumber(rawValue: inode).message ?? MessageID(rawValue: 0)))
            #expect(!String(decoding: path.last ?? [], as: UTF8.self).contains("S="))
        }
    }

    @Test("unlink deletes as in the folder") func unlink() async throws {
        try await run { mounted in
            let name = try #require(try await mounted.list("cur").first)
            try await mounted.unlink("cur/\(name)")
            #expect(try await mounted.list("cur").count == 2)
            #expect(mounted.names.count == 2)
            await #expect(throws: Errno.notFound) { try await mounted.unlink("cur/\(name)") }
            await mounted.drain()
            #expect(mounted.flags(1) == [#"\Deleted"#])
        }
    }

    // MARK: - Delivery

    @Test("a file in tmp is the mount's; with a message's name it is sent, with its flags") func delivery() async throws
    {
        try await run(letters: 1) { mounted in
            let inode = try await mounted.write("tmp/1.M2P3.k7f3qa", Self.text)
            await mounted.drain()
            #expect(mounted.server.account.uids(in: "INBOX") == [1])
            #expect(try await mounted.list("tmp") == ["1.M2P3.k7f3qa"])
            #expect(try await mounted.list("cur").count == 1)
            try await mounted.rename("tmp/1.M2P3.k7f3qa", "cur/1.M2P3.k7f3qa:2,FS")
            #expect(try await mounted.found("cur/1.M2P3.k7f3qa:2,FS").inode == inode)
            await mounted.drain()
            #expect(mounted.server.account.uids(in: "INBOX") == [1, 2])
            #expect(mounted.flags(2) == [#"\Flagged"#, #"\Seen"#])
            let octets = mounted.server.account.messages(in: "INBOX").last?.bytes
            #expect(octets == Array(Self.text.replacing("\n", with: "\r\n").utf8))
            #expect(try await mounted.list("cur").contains("1.M2P3.k7f3qa:2,FS"))
            #expect(try await mounted.list("tmp") == [])
        }
    }

    @Test("delivery into new is found there, also when it is flagged elsewhere") func deliveryNew() async throws {
        try await run(letters: 0) { mounted in
            let inode = try await mounted.write("tmp/1.a.b", Self.text)
            try await mounted.rename("tmp/1.a.b", "new/1.a.b")
            await mounted.drain()
            #expect(try await mounted.list("new") == ["1.a.b"])
            mounted.server.setFlags([#"\Flagged"#], of: 1, in: "INBOX")
            try await mounted.sync(["INBOX"])
            #expect(try await mounted.list("new") == [])
            #expect(try await mounted.list("cur") == ["1.a.b:2,F"])
            #expect(try await mounted.found("new/1.a.b").inode == inode)
        }
    }

    @Test("delivery by a link: both names are the file's until the first is removed") func deliveryByLink() async throws
    {
        try await run(letters: 0) { mounted in
            let inode = try await mounted.write("tmp/1.a.b", Self.text)
            let linked = try await mounted.link("tmp/1.a.b", "new/1.a.b")
            #expect(linked.inode == inode)
            #expect(try await mounted.found("tmp/1.a.b").inode == inode)
            try await mounted.unlink("tmp/1.a.b")
            #expect(try await !mounted.isThere("tmp/1.a.b"))
            await mounted.drain()
            #expect(mounted.flags(1) == [])
            #expect(try await mounted.found("new/1.a.b").inode == inode)
            // Only what is in tmp has two.
            await #expect(throws: Errno.notPermitted) { _ = try await mounted.link("new/1.a.b", "cur/2:2,") }
        }
    }

    @Test("nothing is delivered over a message that must not be") func exclusive() async throws {
        try await run(letters: 0) { mounted in
            try await mounted.write("tmp/a", Self.text)
            try await mounted.rename("tmp/a", "cur/a:2,")
            try await mounted.write("tmp/b", Self.text)
            await #expect(throws: Errno.exists) { try await mounted.rename("tmp/b", "cur/a:2,", flags: 1) }
            await #expect(throws: Errno.exists) { _ = try await mounted.link("tmp/b", "cur/a:2,") }
            await #expect(throws: Errno.invalidArgument) { try await mounted.rename("tmp/b", "cur/a%b:2,") }
            #expect(try await mounted.list("tmp") == ["b"])
        }
    }

    @Test(
        "a name that is free takes nothing from a message that has it with other flags",
        arguments: ["new/a", "cur/a:2,F"])
    func otherFlags(name: String) async throws {
        try await run(letters: 1) { mounted in
            let first = try #require(try await mounted.list("cur").first)
            try await mounted.write("tmp/a", Self.text)
            try await mounted.rename("tmp/a", "cur/a:2,S")
            try await mounted.write("tmp/b", Self.text)
            #expect(try await !mounted.isThere(name))
            await #expect(throws: Errno.exists) { try await mounted.rename("tmp/b", name) }
            await #expect(throws: Errno.exists) { try await mounted.write(name, Self.text) }
            await #expect(throws: Errno.exists) { try await mounted.rename("cur/\(first)", name) }
            #expect(try await mounted.list("cur") == [first, "a:2,S"].sorted())
            #expect(try await mounted.list("tmp") == ["b"])
            await mounted.drain()
            #expect(mounted.flags(1) == [] && mounted.flags(2) == [#"\Seen"#])
            // Where the name is that message's, it is replaced as by any rename.
            try await mounted.rename("tmp/b", "cur/a:2,S")
            #expect(try await mounted.list("cur") == [first, "a:2,S"].sorted())
        }
    }

    @Test(
        "no name makes a file that could not be listed, or that would be no message",
        arguments: ["a%2Fb", "a%2F", "%2E", "a%0Ab", "%2Ehidden", "x.eml~%", "foo%"])
    func unlistable(name: String) async throws {
        try await run(letters: 1) { mounted in
            let first = try #require(try await mounted.list("cur").first)
            let names = mounted.names
            await #expect(throws: Errno.invalidArgument) { try await mounted.rename("cur/\(first)", "cur/\(name):2,") }
            await #expect(throws: Errno.invalidArgument) { try await mounted.write("new/\(name)", Self.text) }
            #expect(mounted.names == names)
            try await mounted.write("tmp/t", Self.text)
            await #expect(throws: Errno.invalidArgument) { try await mounted.rename("tmp/t", "new/\(name)") }
            await #expect(throws: Errno.invalidArgument) { _ = try await mounted.link("tmp/t", "new/\(name)") }
            #expect(try await mounted.list("tmp") == ["t"])
        }
    }

    @Test("the account takes no such name, whoever gives it", arguments: ["a/b.eml", "a\0b.eml", ".", "..", "./x"])
    func unlistableInFolder(name: String) async throws {
        try await run(letters: 1) { mounted in
            let (old, new) = (Array(try #require(mounted.names.first).utf8), Array(name.utf8))
            await #expect(throws: Errno.invalidArgument) {
                _ = try await mounted.account.createFile(new, in: mounted.inbox, flags: O_WRONLY, caller)
            }
            await #expect(throws: Errno.invalidArgument) {
                _ = try await mounted.account.makeFile(new, in: mounted.inbox, caller)
            }
            await #expect(throws: Errno.invalidArgument) {
                try await mounted.account.renameFile(
                    old, in: mounted.inbox, to: mounted.inbox, as: new, isExclusive: false, caller)
            }
            await #expect(throws: Errno.invalidArgument) {
                try await mounted.account.makeFolder(new, in: .root, caller)
            }
            #expect(mounted.names.map { Array($0.utf8) } == [old])
        }
    }

    @Test("no folder gets a name that is none", arguments: [".a%2Fb", ".%2E%2E", ".%2E"])
    func unlistableFolder(name: String) async throws {
        try await run(letters: 0) { mounted in
            await #expect(throws: Errno.invalidArgument) { try await mounted.mkdir(name) }
        }
    }

    @Test("names that were given stay, over mounts") func restart() async throws {
        let place = WithoutKernel.newPlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let server = try InMemoryServer(.full)
        server.deliver(WithoutKernel.letter(1), to: "INBOX")
        var before: [String] = []
        try await run(in: place, server: server) { mounted in
            try await mounted.write("tmp/x.k7f3qa,U=5", Self.text)
            try await mounted.rename("tmp/x.k7f3qa,U=5", "new/x.k7f3qa,U=5:2,")
            let first = try #require(try await mounted.list("cur").first)
            // As mbsync does, to remember UIDs.
            let named = first.replacing(":2,", with: ",U=4:2,")
            try await mounted.rename("cur/\(first)", "cur/\(named)")
            try await mounted.write(".uidvalidity", "1\n5\n")
            try await mounted.write("tmp/left", Self.text)
            before = [named, "x.k7f3qa,U=5:2,"].sorted()
            await mounted.drain()
        }
        try await run(in: place, server: server) { mounted in
            let listed = try await mounted.list("cur")
            #expect(listed == before)
            #expect(try await mounted.list("new") == [])
            #expect(try await mounted.list("").contains(".uidvalidity"))
            #expect(try await mounted.list("tmp") == ["left"])
            #expect(server.account.uids(in: "INBOX") == [1, 2])
        }
    }

    // MARK: - Files and folders

    @Test("files of programs stay here") func scratch() async throws {
        try await run(letters: 0) { mounted in
            try await mounted.write(".mbsyncstate.new", "state")
            try await mounted.rename(".mbsyncstate.new", ".mbsyncstate")
            try await mounted.write("maildirsize", "1000S\n")
            #expect(try await mounted.list("").contains(".mbsyncstate"))
            #expect(try await mounted.list("").contains("maildirsize"))
            #expect(mounted.names.sorted() == [".maildir..mbsyncstate", ".maildir.maildirsize"])
            try await mounted.unlink("maildirsize")
            await mounted.drain()
            #expect(mounted.server.account.uids(in: "INBOX") == [])
            #expect(mounted.names == [".maildir..mbsyncstate"])
        }
    }

    @Test("mkdir makes a folder, with those above it, and rmdir removes it") func make() async throws {
        try await run { mounted in
            try await mounted.mkdir(".New.2024")
            #expect(try await mounted.list(".New.2024") == ["cur", "new", "tmp"])
            await #expect(throws: Errno.exists) { try await mounted.mkdir(".New.2024") }
            await #expect(throws: Errno.notPermitted) { try await mounted.mkdir("New") }
            await #expect(throws: Errno.notPermitted) { try await mounted.mkdir(".notmuch") }
            await #expect(throws: Errno.invalidArgument) { try await mounted.mkdir(".a..b") }
            await #expect(throws: Errno.busy) { try await mounted.rmdir("cur") }
            await mounted.drain()
            #expect(mounted.server.account.hasFolder("New/2024"))
            for name in ["cur", "new", "tmp"] { try await mounted.rmdir(".New.2024/\(name)") }
            try await mounted.rmdir(".New.2024")
            #expect(try await !mounted.isThere(".New.2024"))
        }
    }

    @Test("a directory with mail in it is not removed") func notEmpty() async throws {
        try await run { mounted in
            try await mounted.mkdir(".New")
            let name = try #require(try await mounted.list("cur").first)
            try await mounted.rename("cur/\(name)", ".New/cur/\(name)")
            await #expect(throws: Errno.notEmpty) { try await mounted.rmdir(".New/cur") }
            await #expect(throws: Errno.notEmpty) { try await mounted.rmdir(".New") }
        }
    }

    // MARK: - What is refused, and what is recorded

    @Test("a read-only mount changes nothing") func readOnly() async throws {
        try await run(letters: 1, isReadOnly: true) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.rename("cur/\(name)", "cur/\(name)S") }
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.unlink("cur/\(name)") }
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.write("tmp/a", Self.text) }
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.mkdir(".New") }
        }
    }

    @Test("where only moving is allowed, a name with the same flags can be given") func movingOnly() async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Work")
        server.deliver((1...2).map(WithoutKernel.letter), to: "INBOX", flags: [#"\Seen"#])
        try await run(allowed: .move, server: server) { mounted in
            let names = try await mounted.list("cur")
            let (first, second) = (try #require(names.first), try #require(names.last))
            try await mounted.rename("cur/\(first)", ".Work/cur/\(first)")
            try await mounted.rename("cur/\(second)", "cur/two:2,S")
            #expect(try await mounted.list("cur") == ["two:2,S"])
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.rename("cur/two:2,S", "cur/two:2,FS") }
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.unlink("cur/two:2,S") }
            await mounted.drain()
            #expect(server.account.uids(in: "Work").count == 1)
            #expect(mounted.flags(2) == [#"\Seen"#])
        }
    }

    @Test(
        "what does more than is allowed does nothing: neither flags nor place change",
        arguments: [
            (ChangeKinds.flags, ".Work/cur/two:2,S"), (.flags, "cur/other:2,S"), ([.flags, .move], "cur/one:2,S"),
        ] as [(ChangeKinds, String)])
    func notInPart(allowed: ChangeKinds, target: String) async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Work")
        server.deliver(WithoutKernel.letter(1), to: "INBOX", flags: [#"\Seen"#])
        server.deliver(WithoutKernel.letter(2), to: "INBOX", flags: [#"\Seen"#, #"\Flagged"#])
        let place = WithoutKernel.newPlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        try await run(in: place, server: server) { mounted in
            for name in try await mounted.list("cur") {
                let new = name.hasSuffix(":2,S") ? "one:2,S" : "two:2,FS"
                try await mounted.rename("cur/\(name)", "cur/\(new)")
            }
        }
        try await run(allowed: allowed, in: place, server: server) { mounted in
            await #expect(throws: Errno.readOnlyFileSystem) { try await mounted.rename("cur/two:2,FS", target) }
            #expect(try await mounted.list("cur").sorted() == ["one:2,S", "two:2,FS"])
            await mounted.drain()
            #expect(server.account.uids(in: "Work") == [])
            #expect(mounted.flags(1) == [#"\Seen"#] && mounted.flags(2) == [#"\Seen"#, #"\Flagged"#])
            try await mounted.rename("cur/two:2,FS", "cur/two:2,S")
        }
    }

    @Test("no message goes to tmp, or between a Maildir and the folders") func elsewhere() async throws {
        try await run(letters: 1) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            await #expect(throws: Errno.notPermitted) { try await mounted.rename("cur/\(name)", "tmp/x") }
            let (cur, inbox) = (try await mounted.found("cur").inode, InodeNumber(mounted.inbox).rawValue)
            await #expect(throws: Errno.readOnlyFileSystem) {
                try await WithoutKernel.outcome(
                    Array(name.utf8).withUnsafeBytes { old in
                        Array("x.eml".utf8).withUnsafeBytes {
                            mounted.files.rename(cur, old, inbox, $0, flags: 0, caller)
                        }
                    })
            }
        }
    }

    @Test("a change is recorded with its message") func audit() async throws {
        let found = Records()
        try await run(letters: 1, records: found) { mounted in
            let name = try #require(try await mounted.list("cur").first)
            try await mounted.rename("cur/\(name)", "cur/\(name)S")
            try await mounted.unlink("cur/\(name)S")
            let records = found.records.withLock { $0 }
            #expect(records.map(\.call) == ["rename", "unlink"])
            #expect(
                records.allSatisfy { $0.message == AuditRecord.Message(mailbox: "INBOX", uid: 1) && $0.error == nil })
            #expect(records.last.map { String(decoding: $0.path, as: UTF8.self) } == ".views/maildir/cur/\(name)S")
        }
    }
}
