import Fuse
import InMemoryIMAP
import MailModel
import MailService
import MailTree
import PosixFile
import Synchronization
import Testing

@testable import MailFS

/// Fast mode: when a file that nobody says a word of is whole.
@Suite("Closes that are not seen")
struct ClosingTests {
    private let letter = WithoutKernel.letter(1)

    private func run(_ body: (Calls, FolderID, InMemoryServer) async throws -> Void) async throws {
        let server = try InMemoryServer(.full)
        try await Calls.run(server, isFast: true) { try await body($0, $1, server) }
    }

    @Test(
        "what is open when the mount is torn down is kept and not sent", arguments: [Session.End.aborted, .requested])
    func aborted(end: Session.End) async throws {
        try await run { calls, folder, server in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(letter, file)
            calls.files.sessionEnded(end)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty && calls.purpose(file.id) == .unattended)
        }
    }

    @Test("what could not be written whole is kept for somebody to say what it is")
    func spoiled() async throws {
        try await run { calls, folder, server in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(letter, file)
            try #require(calls.files.files.written(file.id)).work.withLock { _ = $0.failed(.fileTooLarge) }
            calls.files.sessionEnded(.unmounted)
            await calls.look()
            #expect(server.messages(in: "INBOX").isEmpty && calls.purpose(file.id) == .open)
            #expect(calls.files.service.failedChanges.map(\.path) == ["INBOX/a.eml"])
            #expect(calls.files.files.attended.isEmpty && calls.files.files.written(file.id) == nil)
        }
    }

    @Test("whoever holds the file that was let go of looks it up again")
    func left() async throws {
        try await run { calls, folder, server in
            let file = try await calls.create(".a.tmp", in: folder)
            try await calls.write([65], file)
            let old = try #require(calls.files.files.written(file.id))
            calls.files.sessionEnded(.unmounted)
            #expect(old.work.withLock { $0.stage } == .left)
            #expect(!calls.files.files.attend(old, isSynchronous: false))
            try await calls.write([66], at: 1, file)
            let new = try #require(calls.files.files.written(file.id))
            #expect(new !== old && new.file.size == 2)
        }
    }

    @Test(
        "a file is read as it was written until nobody has it open, and a draft is gone on with",
        arguments: [false, true])
    func shownAsWritten(isAppended: Bool) async throws {
        let server = try InMemoryServer(.full)
        server.createFolder("Drafts", specialUse: "\\Drafts")
        try await Calls.run(server, isFast: true) { calls, _ in
            let drafts = try #require(calls.files.tree.withLock { $0.folders.first { $0.displayName == "Drafts" } }).id
            try await calls.files.load(drafts)
            let file = try await calls.create("a.eml", in: drafts)
            let text = Array("Subject: a\n\none\n".utf8)
            try await calls.write(text, file)
            try close(file, calls, isUnused: false)
            await calls.drain()
            #expect(calls.stage(file.id) == .apart)
            #expect(try await calls.content(file) == text)
            #expect(server.messages(in: "Drafts").map(\.bytes) == [Array("Subject: a\r\n\r\none\r\n".utf8)])
            if isAppended {
                // The kernel goes by what it was told.
                try await calls.write(Array("two\n".utf8), at: text.count, file)
                #expect(try await calls.content(file) == text + Array("two\n".utf8))
                try close(file, calls, isUnused: false)
            }
            try close(file, calls, isUnused: true)
            await calls.drain()
            #expect(calls.files.files.attended.isEmpty && calls.files.files.written(file.id) == nil)
            let new = Array(("Subject: a\r\n\r\none\r\n" + (isAppended ? "two\r\n" : "")).utf8)
            #expect(server.messages(in: "Drafts").filter { !$0.flags.contains("\\Deleted") }.map(\.bytes) == [new])
            #expect(try await calls.content(file) == new)
        }
    }

    @Test("what is as it was written is let go of at once")
    func unchanged() async throws {
        try await run { calls, folder, _ in
            let file = try await calls.create("a.eml", in: folder)
            try await calls.write(letter, file)
            try close(file, calls, isUnused: false)
            #expect(calls.files.files.attended.isEmpty && calls.files.files.written(file.id) == nil)
        }
    }

    private func close(_ file: Calls.Open, _ calls: Calls, isUnused: Bool) throws {
        let mark = try #require(calls.files.files.written(file.id)).work.withLock { $0.version }
        #expect(calls.files.closed(file.inode, mark: mark, isUnused: isUnused))
    }

    @Test("asking for what is pending waits for nobody where nothing is written")
    func settle() async throws {
        try await WithoutKernel.run(try InMemoryServer(.full)) { files, _ in
            let unknown = await files.settleWrittenFiles(within: 60)
            #expect(unknown == 0)
            files.settleBeforeUnmount()
        }
    }
}
