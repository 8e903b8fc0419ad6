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
