import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import Synchronization
import Testing

@testable import MailService

/// The server has done a change and said so, and that cannot be stored: it is found by looking, and done once.
@Suite(.serialized) struct UnstoredOutcomeTests {
    enum Change: CaseIterable, Sendable { case copy, move, upload }

    @Test(arguments: Change.allCases) func isFound(change: Change) async throws {
        let rig = try Rig.changing()
        let probe = Probe()
        let failures = Mutex(0)
        try await rig.synchronised(probe) { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let original = try #require(shown.model.id("INBOX/letter 1.eml"))
            probe.arm { step in
                guard step == .settling else { return false }
                return failures.withLock { count in
                    count += 1
                    return count == 1
                }
            }
            switch change {
            case .copy: try service.write(Letter.make(1), to: "Work/one.eml", shown)
            case .move: try service.move("INBOX/letter 1.eml", to: "Work/one.eml", shown)
            case .upload: try service.write(Letter.make(9), to: "Work/one.eml", shown)
            }
            try await rig.drained(service, shown)
            #expect(failures.withLock { $0 } > 1)
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Work") == [change == .upload ? 9 : 1])
            #expect(rig.letters(in: "INBOX").contains(1) == (change != .move))
            #expect(shown.model.names(in: "Work") == ["one.eml"])
            #expect((shown.model.id("Work/one.eml") == original) == (change == .move))
        }
        let command = ["copy": "UID COPY", "move": "UID MOVE", "upload": "APPEND"]["\(change)"] ?? ""
        #expect(rig.server.observation.count(command) == 1)
    }

    /// What can never be stored is not waited for without an end, and is found where it can be.
    @Test(.timeLimit(.minutes(1))) func isNotWaitedForWithoutAnEnd() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let fault = try StoreFault("DELETE", on: "operation", of: rig.scratch.path + "/state/state.sqlite")
            try service.write(Letter.make(9), to: "Work/one.eml", shown)
            #expect(await service.drain(until: nil) == 1)
            #expect(rig.letters(in: "Work") == [9])
            try fault.heal()
            #expect(await service.drain(until: nil) == 0)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.server.observation.count("APPEND") == 1)
        }
    }

    /// Flags are as they are wanted: that is seen in the listing, and whoever waits for them hears that they are set.
    @Test func flagsAreFound() async throws {
        let rig = try Rig.changing()
        let probe = Probe()
        let failures = Mutex(0)
        try await rig.synchronised(probe) { service, shown in
            probe.arm { step in
                guard step == .settling else { return false }
                return failures.withLock { count in
                    count += 1
                    return count == 1
                }
            }
            let receipt = try service.flag("INBOX/letter 1.eml", .add(Flags(system: .flagged)), shown)
            try await service.verdictOrNothing(of: receipt)
            try await rig.drained(service, shown)
            #expect(failures.withLock { $0 } == 1)
            #expect(service.failedChanges == [])
            let id = try #require(shown.model.id("INBOX/letter 1.eml"))
            #expect(try service.journal.store.message(id)?.summary.flags.system.contains(.flagged) == true)
        }
        #expect(rig.server.observation.count("UID STORE") == 1)
    }

    /// Nothing that the server says can be stored, what came to the folder neither: whoever waits hears of the disk, when they begin to wait
    /// after it has failed too.
    @Test func whoWaitsHearsOfTheDisk() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let fault = try StoreFault("UPDATE", on: "folder", of: rig.scratch.path + "/cache/index.sqlite")
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            let (id, work) = (shown.model.id("Work/nine.eml"), try #require(shown.model.folder("Work")).id)
            while service.facts.error(of: work) == nil { await Task.yield() }
            do {
                try await service.synchronised(message: id, folder: nil)
                Issue.record("it is said to be there")
            } catch ServiceError.diskFailed {
            }
            try fault.heal()
            try await rig.drained(service, shown)
            #expect(service.failedChanges == [])
            #expect(rig.letters(in: "Work") == [9])
        }
    }
}
