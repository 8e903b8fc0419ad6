import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// What programs that copy whole trees ask of files and directories.
@Suite("Local answers")
struct LocalAnswersTests {
    private func set(_ name: String, _ value: [UInt8], _ inode: Inode, _ files: MailFileSystem) async throws {
        let answer = Array(name.utf8).withUnsafeBytes { name in
            value.withUnsafeBytes { files.setxattr(inode, name, $0, flags: 0, WithoutKernel.caller) }
        }
        try await WithoutKernel.outcome(answer)
    }

    private func remove(_ name: String, _ inode: Inode, _ files: MailFileSystem) async throws {
        try await WithoutKernel.outcome(
            Array(name.utf8).withUnsafeBytes { files.removexattr(inode, $0, WithoutKernel.caller) })
    }

    @Test("a read-only attribute takes the value it has, no other, and removing it changes nothing")
    func attributes() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await WithoutKernel.run(server) { files, folder in
            let first = try WithoutKernel.first(in: folder, of: files)
            let message = InodeNumber(first.id).rawValue
            let directory = InodeNumber(folder).rawValue
            for inode in [message, directory] {
                let names = try await WithoutKernel.outcome(files.listxattr(inode))
                #expect(!names.isEmpty)
                for name in names {
                    let text = String(decoding: name, as: UTF8.self)
                    let read = { name.withUnsafeBytes { files.getxattr(inode, $0, WithoutKernel.caller) } }
                    let value = try await WithoutKernel.outcome(read())
                    try await set(text, value, inode, files)
                    try await set(text, value + [0], inode, files)
                    try await remove(text, inode, files)
                    #expect(try await WithoutKernel.outcome(read()) == value)
                    guard text != AttributeName.flags.rawValue, inode == message else { continue }
                    for other in [value + [0x78], Array(value.dropLast()), value + [0, 0]] where other != value {
                        await #expect(throws: Errno.notSupported, "\(text)") {
                            try await set(text, other, inode, files)
                        }
                    }
                }
            }
            await #expect(throws: Errno.noData) { try await remove("user.imap.special-use", directory, files) }
            await #expect(throws: Errno.notSupported) { try await set("user.imap.uid", [0x31], directory, files) }
            let root = InodeNumber.root.rawValue
            let control = Array(files.controlPath.utf8)
            await #expect(throws: Errno.notSupported) { try await set("user.mailmount.control", control, root, files) }
            await #expect(throws: Errno.notSupported) { try await remove("user.mailmount.control", root, files) }
            await #expect(throws: Errno.notSupported) { try await remove("user.other", message, files) }
            #expect(files.service.pendingChanges == 0)
        }
    }

    private static let readOnly = [
        "user.imap.uid", "user.imap.uidvalidity", "user.imap.internaldate", "user.imap.mailbox", "user.mail.subject",
        "user.mail.from", "user.mail.date", "user.mail.message-id", "user.mailmount.state",
    ]

    private func value(_ name: String, _ inode: Inode, _ files: MailFileSystem) async throws -> String {
        let answer = Array(name.utf8).withUnsafeBytes { files.getxattr(inode, $0, WithoutKernel.caller) }
        return String(decoding: try await WithoutKernel.outcome(answer), as: UTF8.self)
    }

    @Test("a copy takes the read-only attributes of what it was copied from, without effect; its flags count")
    func attributesOfACopy() async throws {
        try await Calls.run(try InMemoryServer(.full)) { calls, folder in
            let files = calls.files
            func setAll(_ inode: Inode) async throws {
                for name in Self.readOnly { try await set(name, Array("what another has".utf8), inode, files) }
                for name in ["user.other", "user.mailmount.control", "user.imap.special-use", "user.mail.other"] {
                    await #expect(throws: Errno.notSupported, "\(name)") { try await set(name, [0x31], inode, files) }
                }
            }
            // As rsync does: under a name of its own, then renamed.
            let copy = try await calls.create(".copy.eml.Xy1234", in: folder)
            try await setAll(copy.inode)
            try await calls.write(WithoutKernel.letter(3), copy)
            try await calls.close(copy)
            try await setAll(copy.inode)
            try await set("user.imap.flags", Array("\\Seen".utf8), copy.inode, files)
            try await calls.rename(".copy.eml.Xy1234", to: "copy.eml", in: folder)
            try await setAll(copy.inode)
            await calls.drain()
            // And once more with what is there already.
            try await setAll(copy.inode)
            #expect(try await value("user.imap.flags", copy.inode, files) == "\\Seen")
            #expect(try await value("user.imap.mailbox", copy.inode, files) == "INBOX")
            #expect(try await value("user.mail.subject", copy.inode, files) == "letter 3")
            #expect(try await value("user.imap.uid", copy.inode, files) == "1")
            #expect(files.service.pendingChanges == 0)
        }
    }

    @Test("a directory takes the mailbox and the use of another, without effect")
    func attributesOfADirectory() async throws {
        try await WithoutKernel.run(try InMemoryServer(.full)) { files, folder in
            let directory = InodeNumber(folder).rawValue
            try await set("user.imap.mailbox", Array("Elsewhere".utf8), directory, files)
            try await set("user.imap.special-use", Array("\\Trash".utf8), directory, files)
            #expect(try await value("user.imap.mailbox", directory, files) == "INBOX")
            await #expect(throws: Errno.noData) { _ = try await value("user.imap.special-use", directory, files) }
            await #expect(throws: Errno.notSupported) { try await set("user.mail.subject", [0x31], directory, files) }
        }
    }

    @Test("hidden directories are not made on the server, neither by mkdir nor by rename")
    func hiddenDirectories() async throws {
        let server = try InMemoryServer(.full)
        try await WithoutKernel.run(server) { files, folder in
            let root = InodeNumber.root.rawValue
            func mkdir(_ name: String) async throws {
                _ = try await WithoutKernel.outcome(
                    Array(name.utf8).withUnsafeBytes { files.mkdir(root, $0, mode: 0o700, WithoutKernel.caller) })
            }
            for name in [".git", ".notmuch", ".inner", ".Trash-1000"] {
                await #expect(throws: Errno.notPermitted, "\(name)") { try await mkdir(name) }
            }
            try await mkdir("plain")
            let renamed = Array("plain".utf8).withUnsafeBytes { old in
                Array(".plain".utf8).withUnsafeBytes {
                    files.rename(root, old, root, $0, flags: 0, WithoutKernel.caller)
                }
            }
            await #expect(throws: Errno.notPermitted) { try await WithoutKernel.outcome(renamed) }
            #expect(await files.service.drain(until: .now + .seconds(60)) == 0)
            #expect(server.account.folders.sorted() == ["INBOX", "plain"])
        }
    }

    @Test("without a quota there is much room, and no number of files is a bound")
    func room() async throws {
        let server = try InMemoryServer(.minimal)
        try await WithoutKernel.run(server) { files, _ in
            let told = try await WithoutKernel.outcome(files.statfs(InodeNumber.root.rawValue))
            #expect(told.files == 0 && told.filesFree == 0)
            #expect(told.free == told.blocks && told.free * UInt64(told.blockSize) == 1 << 40)
        }
    }

    @Test(
        "owners and modes are those that were asked for",
        arguments: [
            (0o077, false, 0o700, 0o600), (0o077, true, 0o500, 0o400), (0o022, false, 0o755, 0o644),
            (0o022, true, 0o555, 0o444), (0o027, false, 0o750, 0o640), (0, false, 0o777, 0o666), (0o777, false, 0, 0),
        ] as [(UInt16, Bool, UInt16, UInt16)])
    func modes(umask: UInt16, isReadOnly: Bool, directory: UInt16, file: UInt16) {
        let ownership = Ownership(umask: umask)
        #expect(ownership.permissions(isDirectory: true, isReadOnly: isReadOnly) == directory)
        #expect(ownership.permissions(isDirectory: false, isReadOnly: isReadOnly) == file)
    }

    @Test("other owners are shown")
    func owners() async throws {
        let server = try InMemoryServer(.minimal)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await WithoutKernel.run(server, ownership: Ownership(uid: 12, gid: 34, umask: 0o022)) { files, folder in
            let first = try WithoutKernel.first(in: folder, of: files)
            for inode in [InodeNumber(first.id), InodeNumber(folder), .root] {
                let told = try await WithoutKernel.outcome(files.getattr(inode.rawValue, nil)).attributes
                #expect(told.uid == 12 && told.gid == 34)
                #expect(told.permissions == (inode.message == nil ? 0o755 : 0o644))
            }
        }
    }
}
