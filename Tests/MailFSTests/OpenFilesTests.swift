import Fuse
import Glibc
import MailModel
import PosixFile
import Synchronization
import Testing

@testable import MailFS
@testable import MailService

@Suite("Open files")
struct OpenFilesTests {
    private let id = MessageID(rawValue: 5)

    private func written() throws -> WrittenFile {
        WrittenFile(id: id, file: try .nameless(), stage: .resting)
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
        #expect(!files.becomeFast() && files.hasHandles)
        _ = files.remove(writer)
        #expect(files.becomeFast() && !files.hasHandles)
        // No handle means anything any more, and none is given.
        #expect(files[reader] == nil)
        #expect(files.written(id) == nil)
        #expect(files.insert(open(written, isWritable: true)) == nil && files.count == 0 && files.anyUse(of: id) == nil)
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

    @Test("whoever waits for room hears of a file that is attended no more")
    func room() async throws {
        let files = OpenFiles()
        let written = try written()
        _ = files.written(id) { written }
        #expect(files.attend(written, isSynchronous: false))
        let waiting = Task { await files.left.wait(unless: { files.attendedCount == 0 }) }
        while !files.left.isAwaited { await Task.yield() }
        files.endAttendance(id)
        await waiting.value
        #expect(files.attendedCount == 0)
    }

    @Test("a file that is opened while its last handle goes is the same for all who have it open")
    func reopened() throws {
        let files = OpenFiles()
        let first = try files.written(id) { try written() }
        // Found by somebody who opens it, then released by the last who had it open.
        files.close(id)
        #expect(files.written(id) == nil)
        let handle = try #require(files.insert(open(first, isWritable: false)))
        #expect(files.written(id) === first)
        let second = try #require(files.insert(open(try written(), isWritable: false)))
        #expect(files[second]?.written === first && files.anyUse(of: id)?.written === first)
        for handle in [handle, second] { _ = files.remove(handle) }
        files.close(id)
        #expect(files.written(id) == nil)
    }
}
