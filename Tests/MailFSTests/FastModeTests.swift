import Fuse
import Glibc
import MailModel
import Synchronization
import Testing

@testable import MailFS

@Suite("Fast mode")
struct FastModeTests {
    private let id = MessageID(rawValue: 5)

    private func written() throws -> WrittenFile {
        WrittenFile(id: id, file: try .nameless(), isClosed: true, live: nil)
    }

    private func attributes(_ size: UInt64 = 1) -> Attributes {
        Attributes(inode: 1, kind: .regularFile, permissions: 0o600, uid: 0, gid: 0, size: size)
    }

    private func open(_ written: WrittenFile, isWritable: Bool) -> OpenFile {
        OpenFile(id: id, written: written, isWritable: isWritable, attributes: attributes())
    }

    @Test("does not begin while somebody has a file open for writing")
    func waitsForWriters() throws {
        let files = OpenFiles()
        let written = try written()
        let writer = try #require(files.insert(open(written, isWritable: true)))
        let reader = try #require(files.insert(open(written, isWritable: false)))
        #expect(!files.becomeFast() && !files.isFast)
        _ = files.remove(writer)
        #expect(files.becomeFast() && files.isFast)
        // No handle means anything any more, and none is given.
        #expect(files[reader] == nil)
        #expect(files.written(id) == nil)
        #expect(files.insert(open(written, isWritable: true)) == nil)
        #expect(files.becomeFast())
    }

    @Test("does not begin while a local file is being looked at by a call that has no handle")
    func waitsForCalls() throws {
        let files = OpenFiles()
        let written = try written()
        _ = files.written(id) { written }
        #expect(!files.becomeFast())
        files.close(id)
        #expect(files.becomeFast())
    }

    @Test("a file that is attended has writers and stays, until nobody attends it")
    func attendance() throws {
        let files = OpenFiles()
        #expect(files.becomeFast())
        let written = try written()
        #expect(!files.attend(written, isSynchronous: false))
        _ = files.written(id) { written }
        #expect(files.attend(written, isSynchronous: false))
        #expect(files.hasWriters(id) && files.attended == [id])
        #expect(files.attendance(of: id)?.isSynchronous == false)
        #expect(files.attend(written, isSynchronous: true))
        #expect(files.attendance(of: id)?.isSynchronous == true)
        #expect(files.setKnownOpen(id) && !files.setKnownOpen(id))
        files.close(id)
        #expect(files.written(id) === written)
        files.endAttendance(id)
        #expect(!files.hasWriters(id) && !files.setKnownOpen(id))
        files.close(id)
        #expect(files.written(id) == nil)
        // Whoever still has the old object must look again.
        let other = try self.written()
        _ = files.written(id) { other }
        #expect(!files.attend(written, isSynchronous: false))
    }

    @Test("each write and each new size moves the version")
    func version() throws {
        let written = try written()
        try written.work.withLock { work in
            try Array("hello".utf8).withUnsafeBytes { try work.write($0, at: 0) }
            let first = work.version
            try work.truncate(to: 3)
            #expect(first > 0 && work.version > first)
        }
    }

    @Test("a size that was wrong is an error until the kernel has been told the right one")
    func misjudged() {
        let memory = ReaderMemory()
        memory.told(id)
        #expect(!memory.isMisjudged(id))
        memory.misjudge(id)
        #expect(memory.isMisjudged(id) && !memory.isMisjudged(MessageID(rawValue: 6)))
        memory.told(MessageID(rawValue: 6))
        #expect(memory.isMisjudged(id))
        memory.told(id)
        #expect(!memory.isMisjudged(id))
    }

    @Test("a read that is repeated at once has the answer of the first")
    func failures() {
        let memory = ReaderMemory()
        #expect(memory.recentFailure(of: id) == nil)
        memory.failed(id, with: .hostUnreachable)
        #expect(memory.recentFailure(of: id) == .hostUnreachable)
        for number in Int64(10)..<5_000 { memory.failed(MessageID(rawValue: number), with: .ioError) }
        memory.failed(id, with: .timedOut)
        #expect(memory.recentFailure(of: id) == .timedOut)
    }

    @Test("what has gone can be told of, the latest of them at least, until it is forgotten")
    func departures() {
        let memory = ReaderMemory()
        for number in 1...Int64(3 * ReaderMemory.departedLimit) {
            memory.depart(MessageID(rawValue: number), attributes(UInt64(number)))
        }
        let last = MessageID(rawValue: Int64(3 * ReaderMemory.departedLimit))
        #expect(memory.attributes(ofDeparted: last)?.size == UInt64(last.rawValue))
        #expect(memory.attributes(ofDeparted: MessageID(rawValue: 1)) == nil)
        memory.forget(last)
        #expect(memory.attributes(ofDeparted: last) == nil)
    }
}
