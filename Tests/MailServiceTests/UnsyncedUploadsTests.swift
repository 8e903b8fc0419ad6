import Foundation
import Glibc
import InMemoryIMAP
import MailModel
import MailPool
import PosixFile
import Synchronization
import Testing

@testable import MailService

/// What is copied from one mount to another and then deleted there is on the disk before it is deleted.
@Suite(.serialized) struct UnsyncedUploadsTests {
    private func marked(_ body: (Rig, MailService, Shown, _ marks: String) async throws -> Void) async throws {
        let shared = try Scratch()
        // Of its parent nothing is there either.
        let marks = shared.path + "/mailmount/.unsynced"
        let rig = try Rig.changing().with { $0.sharedMarks = marks }
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try await body(rig, service, shown, marks)
            try rig.server.start()
            try await rig.drained(service, shown)
        }
        #expect(!FileNames.exists(marks), "nothing is left of a mount that has ended")
    }

    @Test func othersAreToldUntilTheyAreOnTheDisk() async throws {
        try await marked { rig, service, shown, marks in
            let synchronised = Mutex<[String]>([])
            let end = FileFaults.inject(under: rig.scratch.path + "/state/spool") { call, path in
                if call == .synchronise { synchronised.withLock { $0.append(path) } }
                return nil
            }
            defer { end() }
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let name = try #require(FileNames.all(in: marks).first)
            #expect(FileNames.resolved(marks + "/" + name) == FileNames.resolved(rig.scratch.path + "/state"))
            let id = try #require(shown.model.id("Work/nine.eml"))
            while FileNames.exists(marks) { await Task.yield() }
            #expect(synchronised.withLock { $0 }.contains(service.spoolPath(of: id)))
            #expect(service.pendingChanges == 1)
        }
    }

    @Test func whatIsBeingWrittenIsNotTakenForSafe() async throws {
        try await marked { rig, service, shown, marks in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unattended)
            #expect(FileNames.all(in: marks).count == 1)
            #expect(try !service.journal.synchroniseUploads())
            #expect(FileNames.all(in: marks).count == 1)
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            #expect(try service.journal.synchroniseUploads())
            #expect(!FileNames.exists(marks))
        }
    }

    /// The file system of the other mount's state cannot be synchronised: nothing is deleted then.
    @Test func aDeletionIsWrittenDownAfterwards() async throws {
        try await marked { rig, service, shown, marks in
            let work = try #require(shown.model.folder("Work"))
            _ = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unattended)
            let other = try Rig.changing().with { $0.sharedMarks = marks }
            try await other.synchronised { source, itsShown in
                let end = FileFaults.inject(under: marks + "/") { call, _ in call == .synchronise ? EIO : nil }
                let letter = try #require(itsShown.model.id("INBOX/letter 1.eml"))
                #expect(source.hasCopiesToAwait(letter))
                await #expect(throws: ServiceError.self) { try await source.awaitCopies() }
                #expect(source.pendingChanges == 0)
                #expect(itsShown.model.names(in: "INBOX").contains("letter 1.eml"))
                end()
                try await source.awaitCopies()
                try source.remove("INBOX/letter 1.eml", itsShown)
                try await other.drained(source, itsShown)
            }
            try service.remove("Work/nine.eml", shown)
        }
    }

    /// Whoever wrote it is gone; its directory too, in the second case.
    @Test func marksOfThoseThatDied() async throws {
        let shared = try Scratch()
        let dead = try Scratch()
        let marks = shared.path + "/.unsynced"
        let rig = try Rig.changing().with { $0.sharedMarks = marks }
        try await rig.synchronised { service, shown in
            try FileNames.makeDirectory(marks)
            try FileNames.link(symbolicallyTo: dead.path, as: marks + "/1-1")
            try FileNames.link(symbolicallyTo: shared.path + "/nowhere", as: marks + "/1-2")
            let asked = Mutex(0)
            let end = FileFaults.inject(under: marks + "/") { call, _ in
                if call == .synchronise { asked.withLock { $0 += 1 } }
                return nil
            }
            defer { end() }
            try await service.awaitCopies()
            #expect(asked.withLock { $0 } == 1)
            #expect(FileNames.all(in: marks).count == 2)
            // An hour later.
            for name in FileNames.all(in: marks) { makeOld("\(marks)/\(name)") }
            try await service.awaitCopies()
            #expect(asked.withLock { $0 } == 2)
            #expect(!service.hasCopiesToAwait(try #require(shown.model.id("INBOX/letter 1.eml"))))
            try await rig.drained(service, shown)
        }
    }

    private func makeOld(_ mark: String) {
        let times = [timespec(tv_sec: time(nil) - 3600, tv_nsec: 0), timespec(tv_sec: time(nil) - 3600, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, mark, times, AT_SYMLINK_NOFOLLOW) == 0)
    }

    /// Nothing was told of for long; then something is, while another mount waits for the disk.
    @Test func aMarkOfOneThatLivesStays() async throws {
        try await marked { rig, service, shown, marks in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unattended)
            let mark = marks + "/" + (try #require(FileNames.all(in: marks).first))
            makeOld(mark)
            let end = FileFaults.inject(under: marks + "/") { call, _ in
                if call == .synchronise { service.journal.unsynced.tell([file.id]) }
                return nil
            }
            try await service.awaitCopies()
            end()
            #expect(FileNames.exists(mark))
            makeOld(mark)
            #expect(try !service.journal.synchroniseUploads())
            try await service.awaitCopies()
            #expect(FileNames.exists(mark))
            // Somebody else took it away.
            FileNames.remove(mark)
            try service.write(Letter.make(8), to: "Work/eight.eml", shown)
            #expect(FileNames.exists(mark))
            try service.remove("Work/nine.eml", shown)
        }
    }

    /// Nobody has it open: it is as safe as any other.
    @Test func whatWasInterrupted() async throws {
        try await marked { rig, service, shown, marks in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unattended)
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            try service.journal.recordSpoiled(file.id, problem: "the disk was full")
            #expect(try service.journal.synchroniseUploads())
            #expect(!FileNames.exists(marks))
            try service.discard([])
        }
    }

    /// A state directory on a disk that is gone is no reason to refuse every deletion.
    @Test(arguments: [ENOTCONN, ESTALE, EACCES, EIO]) func marksOfADeadDisk(error: Int32) async throws {
        try await marked { rig, service, shown, marks in
            try FileNames.makeDirectory(String(marks.dropLast(".unsynced".count + 1)))
            try FileNames.makeDirectory(marks)
            try FileNames.link(symbolicallyTo: rig.scratch.path, as: marks + "/1-1")
            let end = FileFaults.inject(under: marks + "/1-1") { call, _ in call == .open ? error : nil }
            try await service.awaitCopies()
            end()
            FileNames.remove(marks + "/1-1")
            FileNames.remove(directory: marks)
        }
    }

    /// Whoever comes while the disk is waited for shares the next wait, and nobody's was begun before he came.
    @Test func waitsAreShared() async throws {
        try await marked { rig, service, shown, marks in
            try FileNames.makeDirectory(String(marks.dropLast(".unsynced".count + 1)))
            try FileNames.makeDirectory(marks)
            try FileNames.link(symbolicallyTo: rig.scratch.path, as: marks + "/1-1")
            let asked = Mutex(0)
            let isOpen = Mutex(false)
            let end = FileFaults.inject(under: marks + "/") { call, _ in
                guard call == .synchronise else { return nil }
                asked.withLock { $0 += 1 }
                while !isOpen.withLock({ $0 }) { usleep(1_000) }
                return nil
            }
            async let first: Void = service.awaitCopies()
            while asked.withLock({ $0 }) == 0 { await Task.yield() }
            let others = (1...20).map { _ in Task { try await service.awaitCopies() } }
            while service.journal.unsynced.waiterCount < 21 { await Task.yield() }
            isOpen.withLock { $0 = true }
            try await first
            for other in others { try await other.value }
            #expect(asked.withLock { $0 } == 2)
            end()
            FileNames.remove(marks + "/1-1")
            FileNames.remove(directory: marks)
        }
    }

    /// Its own of an earlier run, which was killed.
    @Test func aMarkOfOnesOwnGoesWithTheNextRun() async throws {
        let shared = try Scratch()
        let marks = shared.path + "/.unsynced"
        let rig = try Rig.changing().with { $0.sharedMarks = marks }
        let state = rig.scratch.path + "/state"
        try FileNames.makeDirectory(state)
        try FileNames.makeDirectory(marks)
        let status = try #require(FileNames.status(state))
        try FileNames.link(symbolicallyTo: state, as: "\(marks)/\(status.st_dev)-\(status.st_ino)")
        try await rig.synchronised { _, _ in
            while FileNames.exists(marks) { await Task.yield() }
        }
    }

    @Test func temporaryFilesAreNobodysBusiness() async throws {
        try await marked { rig, service, shown, marks in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array(".nine.swp".utf8), purpose: .scratch)
            #expect(!FileNames.exists(marks))
            try FileNames.makeDirectory(String(marks.dropLast(".unsynced".count + 1)))
            try FileNames.makeDirectory(marks)
            try FileNames.link(symbolicallyTo: rig.scratch.path, as: marks + "/1-1")
            let end = FileFaults.inject(under: marks + "/") { call, _ in call == .synchronise ? EIO : nil }
            #expect(!service.hasCopiesToAwait(file.id))
            _ = try service.delete(file.id)
            end()
            FileNames.remove(marks + "/1-1")
            FileNames.remove(directory: marks)
        }
    }
}
