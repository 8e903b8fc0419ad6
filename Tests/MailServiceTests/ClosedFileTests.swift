import Foundation
import Glibc
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import PosixFile
import Synchronization
import Testing

@testable import MailService

/// Files between their close and the upload that is made of them.
@Suite(.serialized) struct ClosedFileTests {
    private func begin(_ service: MailService, _ shown: Shown) throws -> MessageID {
        let work = try #require(shown.model.folder("Work"))
        let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unfinished)
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        _ = try service.completed(file.id, isOpen: true, modified: nil)
        return file.id
    }

    /// A program has written it; nothing was said of it yet, and its octets cannot be had before `end` is called.
    private func unavailable(
        _ code: Int32, _ rig: Rig, _ service: MailService, _ shown: Shown, letter: Int = 9
    ) throws -> (id: MessageID, end: () -> Void) {
        let work = try #require(shown.model.folder("Work"))
        let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unfinished)
        try Data(Letter.make(letter)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        return (file.id, FileFaults.inject(under: rig.scratch.path + "/state/spool/") { _, _ in code })
    }

    /// A program closes it, and asks for a sync at once.
    @Test func aSyncWaitsForThem() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let id = try begin(service, shown)
            async let synchronised: Void = service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            while !service.journal.waiting.isAwaited { await Task.yield() }
            _ = try service.completed(id, isOpen: false, modified: nil)
            try await synchronised
            #expect(service.pendingChanges == 0)
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    /// It stays open: a sync ends all the same.
    @Test func aSyncDoesNotWaitForOpenOnes() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            _ = try begin(service, shown)
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(service.pendingChanges == 1)
        }
    }

    /// The disk is full when it is closed, and has room later.
    @Test func aFullDiskPasses() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("nine.eml".utf8), purpose: .unfinished)
            let bare = Letter.make(9).filter { $0 != 0x0D }
            try Data(bare).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            _ = try service.completed(file.id, isOpen: true, modified: nil)
            let end = FileFaults.inject(under: rig.scratch.path + "/state/spool/") { call, _ in
                call == .write ? ENOSPC : nil
            }
            #expect(throws: ServiceError.noSpace) { try service.completed(file.id, isOpen: false, modified: nil) }
            #expect(await service.drain(until: nil) == 1)
            #expect(rig.letters(in: "Work") == [])
            #expect(
                try await service.status().late == [LateUpload(path: "Work/nine.eml", error: "the disk is full")])
            end()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(service.failedChanges == [])
        }
    }

    /// Nothing is wrong with a file that cannot be opened or read now.
    @Test(arguments: [EMFILE, ENFILE, ENOMEM, EIO]) func aWantPasses(code: Int32) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let (id, end) = try unavailable(code, rig, service, shown)
            for isOpen in [true, false] {
                #expect(throws: ServiceError.self) {
                    try service.completed(id, isOpen: isOpen, modified: 1_600_000_000)
                }
            }
            #expect(service.pendingChanges == 1)
            let late = try await service.status().late
            #expect(late.map(\.path) == ["Work/nine.eml"] && late.first?.error.contains(FileError.text(code)) == true)
            end()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(try await service.status().late == [] && service.failedChanges == [])
        }
    }

    /// No row can say how long it is, nor, when the program ends before there is room, that it is whole.
    @Test(arguments: [LocalFile.Purpose.unfinished, .unattended], [true, false])
    func staysWhatItIs(purpose: LocalFile.Purpose, isFlushed: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Letter.name(9), purpose: purpose)
            let bare = Letter.make(9).filter { $0 != 0x0D }
            try Data(bare).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
            if isFlushed { _ = try service.completed(file.id, isOpen: true, modified: nil) }
            let end = FileFaults.inject(under: rig.scratch.path + "/state/spool/") { call, _ in
                call == .write ? ENOSPC : nil
            }
            #expect(throws: ServiceError.noSpace) { try service.completed(file.id, isOpen: false, modified: nil) }
            #expect(shown.model.named("Work/letter 9.eml")?.size == UInt64(bare.count))
            await service.stop()
            end()
        }
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(service.interruptedChanges == [] && service.failedChanges == [])
            // Half of a new version is not taken for whole because of what was said of the one before.
            #expect(!service.journal.store.isClosed(try #require(shown.model.id("Work/letter 9.eml"))))
        }
    }

    /// Whoever takes it up again, or was told that it has failed, has the last word after a restart too.
    @Test(arguments: [true, false]) func isNotSentAfterAll(isTakenUp: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let (id, end) = try unavailable(ENOSPC, rig, service, shown)
            #expect(throws: ServiceError.self) { try service.completed(id, isOpen: false, modified: nil) }
            if isTakenUp { _ = try service.takeUpLate(id) } else { service.failLate(id) }
            await service.stop()
            end()
        }
        try await rig.resumed { service, shown in
            #expect(await service.drain(until: nil) == 0)
            #expect(rig.letters(in: "Work") == [])
            #expect(service.interruptedChanges.count == 1)
        }
    }

    /// Who writes to it again says himself when it is whole.
    @Test func aLateFileThatIsTakenUpAgain() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let (id, end) = try unavailable(EMFILE, rig, service, shown, letter: 8)
            #expect(throws: ServiceError.self) { try service.completed(id, isOpen: false, modified: nil) }
            #expect(try service.takeUpLate(id))
            end()
            #expect(try !service.takeUpLate(id))
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(rig.letters(in: "Work") == [])
            try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            _ = try service.completed(id, isOpen: false, modified: nil)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    /// Who waits for every answer was told that it failed: it does not come later by itself.
    @Test func aLateFileThatWasRefused() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let (id, end) = try unavailable(EMFILE, rig, service, shown)
            #expect(throws: ServiceError.self) { try service.completed(id, isOpen: false, modified: nil) }
            service.failLate(id)
            end()
            try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            #expect(await service.drain(until: nil) == 0)
            #expect(rig.letters(in: "Work") == [])
            #expect(service.failedChanges.map(\.path) == ["Work/nine.eml"])
        }
    }

    /// What is removed meanwhile is not missed.
    @Test func aLateFileThatIsRemoved() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let (id, end) = try unavailable(EMFILE, rig, service, shown)
            #expect(throws: ServiceError.self) { try service.completed(id, isOpen: false, modified: nil) }
            end()
            try service.remove("Work/nine.eml", shown)
            #expect(service.pendingChanges == 0)
            #expect(try await service.status().late == [])
            try await rig.drained(service, shown)
        }
    }
}
