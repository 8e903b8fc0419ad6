import Fuse
import Glibc
import MailModel
import PosixFile
import Synchronization
import Testing

@testable import MailFS

@Suite("Written files")
struct WrittenFileTests {
    private func work(_ stage: FileStage = .resting) throws -> WrittenFile.Work {
        WrittenFile.Work(file: try .nameless(), stage: stage)
    }

    private func write(_ text: String, at offset: Int64 = 0, to work: inout WrittenFile.Work) throws {
        try Array(text.utf8).withUnsafeBytes { try work.write($0, at: offset) }
    }

    @Test("what is written is to be told, takes back a time set before, and moves the version")
    func changes() throws {
        var work = try work()
        work.modifiedSet = 5
        try write("hello", to: &work)
        #expect(work.stage == .written && work.modifiedSet == nil)
        #expect(work.file.size == 5)
        #expect(try work.file.prefix(10) == Array("hello".utf8))
        let first = work.version
        try work.truncate(to: 3)
        #expect(first > 0 && work.version > first)
    }

    @Test("a message that is one for good is written to no more")
    func sealed() throws {
        var work = try work()
        try write("hello", to: &work)
        _ = work.happened(.settled(.upload, hasWriters: false))
        let version = work.version
        #expect(throws: Errno.notPermitted) { try write("x", to: &work) }
        #expect(throws: Errno.notPermitted) { try work.truncate(to: 0) }
        #expect(try work.file.prefix(10) == Array("hello".utf8))
        #expect(work.stage == .complete && work.version == version)
    }

    @Test("NUL is looked for only where one may be")
    func nul() throws {
        var work = try work()
        try write("abc", to: &work)
        #expect(!work.mayHaveNUL && !work.file.hasNUL())
        try write("x\0y", at: 3, to: &work)
        #expect(work.mayHaveNUL && work.file.hasNUL())
        try work.truncate(to: 0)
        #expect(!work.mayHaveNUL)
        try write("abc", to: &work)
        try write("def", at: 100_000, to: &work)
        #expect(work.mayHaveNUL && work.file.hasNUL())
    }

    @Test("a draft that is taken up again has the octets of its writers where they have it open, else the journal's")
    func takenUp() throws {
        var work = try work()
        try write(String(repeating: "line\n", count: 50_000), to: &work)
        let mine = try work.file.prefix(300_000)
        _ = work.happened(.settled(.upload, hasWriters: true))
        let sent = try FileDescriptor.nameless()
        try Array(String(repeating: "line\r\n", count: 50_000).utf8).withUnsafeBytes { try sent.write($0, at: 0) }
        let version = work.version
        #expect(try !work.takeUp(in: sent))
        #expect(work.stage == .interrupted && work.version > version && work.file === sent)
        #expect(try sent.prefix(300_000) == mine)

        _ = work.happened(.closed)
        _ = work.happened(.settled(.upload, hasWriters: false))
        let again = try FileDescriptor.nameless()
        #expect(try work.takeUp(in: again) && work.file === again && again.size == 0)
    }

    @Test("a draft that is taken up in the file that its writers have loses nothing")
    func takenUpInPlace() throws {
        var work = try work()
        try write("what was saved", to: &work)
        _ = work.happened(.settled(.upload, hasWriters: true))
        #expect(work.stage == .apart)
        #expect(try !work.takeUp(in: FileDescriptor(duplicating: work.file.descriptor)))
        #expect(try work.file.prefix(100) == Array("what was saved".utf8))
    }

    @Test("beginning again from nothing does away with a failure")
    func failure() throws {
        var work = try work()
        #expect(work.failed(.noSpace) == .noSpace)
        try work.truncate(to: 5)
        #expect(work.stage == .spoiled(ENOSPC))
        try work.truncate(to: 0)
        #expect(work.stage == .written)
    }

    @Test("a write that fails spoils the file")
    func unwritable() throws {
        var work = WrittenFile.Work(file: try FileDescriptor(opening: "/dev/null", O_RDONLY), stage: .created)
        #expect(throws: Errno.self) { try write("x", to: &work) }
        guard case .spoiled = work.stage else {
            Issue.record("\(work.stage)")
            return
        }
        #expect(work.version == 0)
    }

    @Test("a copy takes the place of what was there, and of a message nothing")
    func copy() throws {
        var work = try work(.created)
        let copy = try FileDescriptor.nameless()
        #expect(work.takeCopy(copy, hasWriters: true) == nil)
        #expect(work.stage == .adopted && work.file === copy && work.version == 1)
        #expect(work.takeCopy(nil, hasWriters: false) == .record(isOpen: false))
        #expect(work.file === copy)
        var message = try self.work(.complete)
        #expect(message.takeCopy(copy, hasWriters: false) == nil)
        #expect(message.file !== copy && message.version == 0)
    }

    @Test("whose name goes is never told to the journal")
    func unlinked() throws {
        let written = WrittenFile(id: MessageID(rawValue: 1), file: try .nameless(), stage: .written)
        written.unlink()
        #expect(!written.isMessage)
        written.work.withLock { #expect($0.happened(.closed) == nil) }
    }
}
