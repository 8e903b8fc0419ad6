import IMAPValue
import InMemoryIMAP
import MailModel
import Synchronization
import Testing

@testable import MailService

/// What others do reaches the observer by itself.
@Suite(.serialized) struct PushTests {
    private func changesArrive(_ rig: Rig, in folder: String) async throws {
        rig.server.deliver(Letter.make(1...5), to: folder)
        try await rig.run { service, shown in
            try await shown.wait("the listing") { $0.uids(in: folder) == [1, 2, 3, 4, 5] }
            try await service.waitUntilReady()
            try await #require(service.running).steward.rest()
            try await #require(service.running).scheduler.rest()
            rig.server.deliver(Letter.make(6...6), to: folder)
            try await shown.wait("the arrival") { $0.uids(in: folder) == [1, 2, 3, 4, 5, 6] }
            rig.server.setFlags(["\\Flagged", "\\Seen"], of: 2, in: folder)
            try await shown.wait("the flags") { $0.flags(of: 2, in: folder) == ["\\Flagged", "\\Seen"] }
            rig.server.expunge(4, in: folder)
            try await shown.wait("the loss") { $0.uids(in: folder) == [1, 2, 3, 5, 6] }
        }
    }

    @Test(arguments: [1, 2, 4], [ServerKind.full, .noQResync, .idleOnly]) func inINBOX(
        connections: Int, kind: ServerKind
    ) async throws {
        try await changesArrive(try Rig(kind.configuration, Rig.Options { $0.connections = connections }), in: "INBOX")
    }

    /// By NOTIFY, any folder.
    @Test(arguments: [1, 2, 4]) func inAnotherFolder(connections: Int) async throws {
        try await changesArrive(try Rig(.full, Rig.Options { $0.connections = connections }), in: "Work/Now")
    }

    /// Without IDLE and NOTIFY, by asking.
    @Test(arguments: [1, 3], [ServerKind.minimal, .full]) func byPolling(connections: Int, kind: ServerKind)
        async throws
    {
        let options = Rig.Options {
            $0.connections = connections
            $0.polling.unwatched = .milliseconds(30)
        }
        try await changesArrive(try Rig(kind.configuration.without("IDLE", "NOTIFY"), options), in: "Work")
    }

    /// A folder that somebody has read from is watched by the connection that read.
    @Test func whereSomebodyReads() async throws {
        let rig = try Rig(.idleOnly)
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            _ = try await service.read(1, in: "Work", shown)
            try await rig.server.wait(for: "IDLE in Work") { $0.idling.contains("Work") }
            rig.server.deliver(Letter.make(6...6), to: "Work")
            try await shown.wait("the arrival") { $0.uids(in: "Work").count == 6 }
        }
    }

    /// The only connection goes back to INBOX when its work elsewhere is done.
    @Test(arguments: [ServerKind.full, .idleOnly]) func theOnlyConnectionComesHome(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration, Rig.Options { $0.connections = 1 })
        rig.server.deliver(Letter.make(1...5), to: "Work")
        rig.server.deliver(Letter.make(1...5), to: "INBOX")
        try await rig.synchronised { service, shown in
            for uid in 1...5 { try await service.expect(Letter.make(uid), reading: UInt32(uid), in: "Work", shown) }
            try await rig.server.wait(for: "IDLE in INBOX") { $0.idling == ["INBOX"] }
            rig.server.deliver(Letter.make(6...6), to: "INBOX")
            try await shown.wait("the arrival") { $0.uids(in: "INBOX").count == 6 }
            #expect(rig.server.observation.accepted == 1)
        }
    }

    /// What happens in a folder in the moment in which the only connection leaves it: the server says nothing of it any more.
    @Test func whileTheOnlyConnectionLeaves() async throws {
        let rig = try Rig(.full, Rig.Options { $0.connections = 1 })
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            try await #require(service.running).steward.rest()
            try await #require(service.running).scheduler.rest()
            try await rig.server.wait(for: "IDLE in INBOX") { $0.idling == ["INBOX"] }
            let leaving = rig.server.install(
                Misbehaviour(on: "EXAMINE", containing: "INBOX", at: .received, times: 1, .stall))
            rig.server.install(Misbehaviour(on: "EXAMINE", containing: "INBOX", times: 1, .omit("STATUS")))
            rig.server.deliver(Letter.make(6...6), to: "Work")
            try await rig.server.waitForFiring(leaving)
            rig.server.expunge(4, in: "Work")
            rig.server.release(leaving)
            try await shown.wait("the loss") { $0.uids(in: "Work") == [1, 2, 3, 5, 6] }
        }
    }

    @Test func foldersComeAndGo() async throws {
        let rig = try Rig(.full)
        try await rig.synchronised { service, shown in
            try await rig.server.waitForIdle()
            rig.server.deliver(Letter.make(1...3), to: "New/Folder")
            try await shown.wait("the new folder") { $0.uids(in: "New/Folder") == [1, 2, 3] }
            rig.server.deleteFolder("New/Folder")
            try await shown.wait("the end of it") { $0.folder("New/Folder") == nil }
        }
    }

    /// Everything works over one connection at a time.
    @Test func oneConnectionDoesEverything() async throws {
        let rig = try Rig(.full, Rig.Options { $0.connections = 1 })
        rig.server.deliver(Letter.make(1...40), to: "INBOX")
        rig.server.deliver(Letter.make(41...80), to: "Work")
        try await rig.synchronised { service, shown in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...80 {
                    group.addTask {
                        let (uid, folder) = number <= 40 ? (number, "INBOX") : (number - 40, "Work")
                        try await service.expect(Letter.make(number), reading: UInt32(uid), in: folder, shown)
                    }
                }
                group.addTask { try await service.synchronise(paths: [], bodies: false, progress: { _, _ in }) }
                try await group.waitForAll()
            }
            rig.server.changeUIDValidity(of: "Work", firstUID: 101)
            try await rig.settle(service, shown)
            #expect(rig.server.fetchedBodies == 80)
        }
        #expect(rig.server.observation.authenticated <= 1)
    }
}
