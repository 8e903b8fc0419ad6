import Foundation
import Glibc
import InMemoryIMAP
import MailModel
import MailPool
import PosixFile
import Synchronization
import Testing

@testable import MailService

/// Files of the spool that cannot be opened, or are many.
@Suite(.serialized) struct SpoolFaultTests {
    private func faulty(_ code: Int32, times: Int, _ body: (Rig, MailService, Shown) async throws -> Void) async throws
    {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let left = Mutex(times)
            let end = FileFaults.inject(under: rig.scratch.path + "/state/spool/") { call, _ in
                guard call == .open else { return nil }
                return left.withLock { left in
                    left -= 1
                    return left < 0 ? nil : code
                }
            }
            defer { end() }
            try rig.server.start()
            try await rig.drained(service, shown)
            try await body(rig, service, shown)
        }
    }

    /// Too many files are open: that passes.
    @Test(arguments: [EMFILE, ENFILE, ENOMEM]) func noRoomForAnother(code: Int32) async throws {
        try await faulty(code, times: 3) { rig, service, _ in
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    @Test func aDiskThatCannotRead() async throws {
        try await faulty(EIO, times: 1) { rig, service, shown in
            #expect(service.failedChanges.map(\.error) == ["its file in the spool cannot be read: Input/output error"])
            try service.retry([])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    /// The disk has other octets than were written, or fewer: they are nobody's message.
    @Test(arguments: [true, false]) func aDiskThatForgets(isShorter: Bool) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let id = try #require(shown.model.id("Work/nine.eml"))
            var octets = Letter.make(9)
            let last = octets.removeLast()
            if !isShorter { octets.append(last ^ 1) }
            try Data(octets).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(service.failedChanges.map(\.error) == ["its file in the spool is damaged"])
            #expect(rig.server.observation.count("APPEND") == 0)
        }
    }

    /// What is sent is on the disk before.
    @Test func theDiskIsAheadOfTheServer() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let path = service.spoolPath(of: try #require(shown.model.id("Work/nine.eml")))
            let synchronised = Mutex<Set<String>>([])
            let end = FileFaults.inject(under: rig.scratch.path + "/state/spool") { call, path in
                if call == .synchronise { synchronised.withLock { _ = $0.insert(path) } }
                return nil
            }
            defer { end() }
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            try rig.server.start()
            try await rig.server.waitForFiring(rule)
            #expect(synchronised.withLock(\.self) == [rig.scratch.path + "/state/spool", path])
            rig.server.release(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
        }
    }

    /// More uploads wait than files may be open.
    @Test func many() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 100..<300 { try service.write(Letter.make(number), to: "Work/\(number).eml", shown) }
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == Array(100..<300))
            #expect(service.failedChanges == [])
        }
    }
}
