import Fuse
import Glibc
import MailModel
import PosixFile
import Testing

@testable import MailFS

@Suite("Written files")
struct WrittenFileTests {
    private func work() throws -> WrittenFile.Work {
        WrittenFile.Work(file: try .nameless(), isClosed: true)
    }

    private func write(_ text: String, at offset: Int64, to work: inout WrittenFile.Work) throws {
        try Array(text.utf8).withUnsafeBytes { try work.write($0, at: offset) }
    }

    @Test("what is written is to be told, and takes back a time set before")
    func changes() throws {
        var work = try work()
        work.modifiedSet = 5
        try write("hello", at: 0, to: &work)
        #expect(work.isChanged && !work.isClosed && work.modifiedSet == nil)
        #expect(work.file.size == 5)
        #expect(try work.file.prefix(10) == Array("hello".utf8))
    }

    @Test("a message that is one for good is written to no more")
    func sealed() throws {
        var work = try work()
        try write("hello", at: 0, to: &work)
        work.isSealed = true
        #expect(throws: Errno.notPermitted) { try write("x", at: 0, to: &work) }
        #expect(throws: Errno.notPermitted) { try work.truncate(to: 0) }
        #expect(try work.file.prefix(10) == Array("hello".utf8))
        #expect(work.failure == nil || work.failure == .notPermitted)
    }

    @Test("NUL is looked for only where one may be")
    func nul() throws {
        var work = try work()
        try write("abc", at: 0, to: &work)
        #expect(!work.mayHaveNUL && !work.file.hasNUL())
        try write("x\0y", at: 3, to: &work)
        #expect(work.mayHaveNUL && work.file.hasNUL())
        try work.truncate(to: 0)
        #expect(!work.mayHaveNUL)
        try write("abc", at: 0, to: &work)
        try write("def", at: 100_000, to: &work)
        #expect(work.mayHaveNUL && work.file.hasNUL())
    }

    @Test("what its writers made is put back in the place of what was made of it")
    func takenBack() throws {
        var mine = try work()
        var sent = try work()
        try write(String(repeating: "line\n", count: 50_000), at: 0, to: &mine)
        try write(String(repeating: "line\r\n", count: 50_000), at: 0, to: &sent)
        try sent.file.take(contentOf: mine.file)
        #expect(sent.file.size == 250_000)
        #expect(try sent.file.prefix(300_000) == mine.file.prefix(300_000))
    }

    @Test("beginning again from nothing does away with a failure")
    func failure() throws {
        var work = try work()
        work.failure = .noSpace
        try work.truncate(to: 5)
        #expect(work.failure == .noSpace)
        try work.truncate(to: 0)
        #expect(work.failure == nil)
    }

    @Test("only the last writer's handle is the last")
    func handles() throws {
        let files = OpenFiles()
        let id = MessageID(rawValue: 1)
        let attributes = Attributes(inode: 1, kind: .regularFile, permissions: 0o600, uid: 0, gid: 0)
        let first = try #require(files.insert(OpenFile(id: id, isWritable: true, attributes: attributes)))
        let reader = try #require(files.insert(OpenFile(id: id, isWritable: false, attributes: attributes)))
        let second = try #require(files.insert(OpenFile(id: id, isWritable: true, attributes: attributes)))
        #expect(files.remove(first)?.wasLastWriter == false)
        #expect(files.hasWriters(id))
        #expect(files.remove(second)?.wasLastWriter == true)
        #expect(files.remove(second) == nil)
        #expect(files.anyUse(of: id) != nil)
        #expect(files.remove(reader)?.wasLastWriter == false)
        #expect(files.anyUse(of: id) == nil && files.count == 0)
    }

    @Test("a file that is opened while its last handle goes is the same for all who have it open")
    func reopened() throws {
        let files = OpenFiles()
        let id = MessageID(rawValue: 1)
        let attributes = Attributes(inode: 1, kind: .regularFile, permissions: 0o600, uid: 0, gid: 0)
        let spool = try work().file
        let first = files.written(id) { WrittenFile(id: id, file: spool, isClosed: true, live: nil) }
        // Found by somebody who opens it, then released by the last who had it open.
        files.close(id)
        #expect(files.written(id) == nil)
        let handle = try #require(
            files.insert(OpenFile(id: id, written: first, isWritable: false, attributes: attributes)))
        #expect(files.written(id) === first)
        let other = WrittenFile(id: id, file: spool, isClosed: true, live: nil)
        let second = try #require(
            files.insert(OpenFile(id: id, written: other, isWritable: false, attributes: attributes)))
        #expect(files[second]?.written === first)
        for handle in [handle, second] { _ = files.remove(handle) }
        files.close(id)
        #expect(files.written(id) == nil)
    }
}
