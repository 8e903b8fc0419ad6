import Foundation
import Fuse
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import MailViews
import Testing

@testable import MailFS

/// Texts that an earlier mount has made.
@Suite("Kept texts") struct KeptTextViewTests {
    private static let text = Array("Subject: letter 1\n\nText.\n".utf8)

    private func name(_ account: MailFileSystem, _ folder: FolderID) throws -> String {
        String(decoding: try WithoutKernel.first(in: folder, of: account).name.dropLast(4), as: UTF8.self) + ".txt"
    }

    private func content(_ files: ViewedFileSystem, _ inode: Inode) async throws -> [UInt8] {
        let caller = WithoutKernel.caller
        let open = try await WithoutKernel.outcome(files.open(inode, flags: O_RDONLY, caller))
        guard
            case .bytes(let bytes) = try await WithoutKernel.outcome(
                files.read(inode, open.handle, offset: 0, count: 4096))
        else { throw Errno.ioError }
        try await WithoutKernel.outcome(files.release(inode, open.handle, flags: 0))
        return bytes
    }

    @Test("a text is there after a remount, with its exact size, and nothing is made or fetched for it") func remount()
        async throws
    {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        let place = WithoutKernel.newPlace()
        defer { try? FileManager.default.removeItem(atPath: place) }
        for round in 1...2 {
            try await WithoutKernel.run(server, in: place) { account, folder in
                let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
                let file = try await WithoutKernel.found(files, [".views", "text", "INBOX", try name(account, folder)])
                let isKnown = file.attributes.size == UInt64(Self.text.count) && file.attributeTimeout > 0
                #expect(isKnown == (round == 2))
                #expect(try await content(files, file.inode) == Self.text)
            }
            // Where it is made or fetched, the body has a file again.
            let bodies = place + "/cache/bodies"
            let names = try FileManager.default.subpathsOfDirectory(atPath: bodies).filter { $0.contains("/") }
            #expect(names.isEmpty == (round == 2), "\(names)")
            try FileManager.default.removeItem(atPath: bodies)
        }
    }

    @Test("a name is found without a long text being made for it") func lookup() async throws {
        let server = try InMemoryServer(.full)
        let letter = "Subject: long\r\n\r\n" + String(repeating: "word\r\n", count: 300_000)
        server.deliver(Array(letter.utf8), to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            try await account.service.synchronise(paths: ["INBOX"], bodies: true) { _, _ in }
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let file = try await WithoutKernel.found(files, [".views", "text", "INBOX", try name(account, folder)])
            #expect(file.attributes.size > letter.utf8.count && file.attributeTimeout == 0)
            let told = try await WithoutKernel.outcome(files.getattr(file.inode, nil))
            #expect(told.attributes.size == UInt64("Subject: long\n\n".utf8.count + 5 * 300_000) && told.timeout > 0)
        }
    }

    @Test("what a program writes has no text of before") func written() async throws {
        let server = try InMemoryServer(.full)
        server.deliver([WithoutKernel.letter(1)], to: "INBOX")
        try await WithoutKernel.run(server) { account, folder in
            let files = ViewedFileSystem(account, account.makeViews(), listsViews: false)
            let caller = WithoutKernel.caller
            let home = try await WithoutKernel.found(files, ["INBOX"]).inode
            for words in ["One.", "Other."] {
                let made = try await WithoutKernel.outcome(
                    Array("new.eml".utf8).withUnsafeBytes {
                        files.create(home, $0, mode: 0o600, flags: O_RDWR | O_TRUNC, caller)
                    })
                let letter = Array("Subject: new\n\n\(words)\n".utf8)
                _ = try await WithoutKernel.outcome(
                    letter.withUnsafeBytes { files.write(made.entry.inode, made.open.handle, offset: 0, $0, flags: 0) })
                try await WithoutKernel.outcome(files.flush(made.entry.inode, made.open.handle))
                try await WithoutKernel.outcome(files.release(made.entry.inode, made.open.handle, flags: 0))
                let text = try await WithoutKernel.found(files, [".views", "text", "INBOX", "new.txt"])
                #expect(try await content(files, text.inode) == letter)
                try await WithoutKernel.outcome(
                    Array("new.eml".utf8).withUnsafeBytes { files.unlink(home, $0, caller) })
            }
        }
    }
}
