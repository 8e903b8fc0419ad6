import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Synchronization
import Testing

@testable import MailService

@Suite(.serialized) struct OutageTests {
    private func rig(_ configuration: ServerConfiguration = .full, _ options: Rig.Options = Rig.Options()) throws -> Rig
    {
        let rig = try Rig(configuration, options)
        rig.server.deliver(Letter.make(1...20), to: "INBOX")
        return rig
    }

    private func waitUntil(_ state: ConnectionState, _ service: MailService) async throws {
        for _ in 0..<100_000 {
            if service.facts.standing.connection.state == state { return }
            await Task.yield()
            try await Task.sleep(for: .milliseconds(2))
        }
        Issue.record("never \(state)")
    }

    @Test(arguments: [1, 3]) func theServerStopsAndComesBack(connections: Int) async throws {
        let rig = try rig(.full, Rig.Options { $0.connections = connections })
        try await rig.synchronised { service, shown in
            let folder = try #require(shown.model.folder("INBOX"))
            try await service.expect(Letter.make(1), reading: 1, in: "INBOX", shown)
            rig.server.stop()
            try await waitUntil(.offline, service)
            try await service.expect(Letter.make(1), reading: 1, in: "INBOX", shown)
            try await service.ensureListed(folder.id)
            await #expect(throws: ServiceError.offline) { try await service.read(2, in: "INBOX", shown) }
            await #expect(throws: ServiceError.offline) {
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            }
            rig.server.deliver(Letter.make(21...21), to: "INBOX")
            rig.server.expunge(5, in: "INBOX")
            try rig.server.start()
            try await shown.wait("what was missed") { $0.uids(in: "INBOX") == (1...21).filter { $0 != 5 } }
            try await service.expect(Letter.make(21), reading: 21, in: "INBOX", shown)
            rig.server.deliver(Letter.make(22...22), to: "INBOX")
            try await shown.wait("what is pushed") { $0.uids(in: "INBOX").contains(22) }
        }
    }

    /// That folders are listed may be heard of when the connection over which they were is gone already: nobody waits for changes to be
    /// sent then.
    @Test(.timeLimit(.minutes(1))) func lateNewsOfAConnection() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let sender = try #require(service.running).sender
            rig.server.stop()
            try await waitUntil(.offline, service)
            while !sender.isAtRest { await Task.yield() }
            await sender.connected()
            _ = try service.move("INBOX/letter 1.eml", to: "Work/1.eml", shown)
            #expect(await service.drain(until: nil) == 1)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [1])
        }
    }

    @Test func connectionsAreCutWhileReadersRead() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            await withTaskGroup(of: Void.self) { group in
                for uid in 1...20 {
                    group.addTask {
                        for _ in 0..<50 {
                            if let bytes = try? await service.read(UInt32(uid), in: "INBOX", shown) {
                                #expect(bytes == Letter.make(uid))
                                return
                            }
                            try? await waitUntil(.online, service)
                        }
                        Issue.record("\(uid) was never read")
                    }
                }
                for _ in 0..<3 {
                    group.addTask { rig.server.cutConnections() }
                }
            }
            rig.server.deliver(Letter.make(21...21), to: "INBOX")
            try await shown.wait("a push after all") { $0.uids(in: "INBOX").contains(21) }
        }
    }

    /// The watching connection ends while others work: nothing that works is disturbed, and watching begins anew.
    @Test func onlyTheWatchingConnectionEnds() async throws {
        let rig = try rig()
        rig.server.deliver(Letter.make(1...5, octets: 50_000), to: "Work")
        try await rig.synchronised { service, shown in
            try await rig.server.waitForIdle()
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[]", times: 1, .stall))
            async let body = service.read(3, in: "Work", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.cutConnection(1)
            try await rig.server.wait(for: "NOTIFY again") { $0.count("NOTIFY") == 2 }
            rig.server.release(rule)
            #expect(try await body == Letter.make(3, octets: 50_000))
            rig.server.deliver(Letter.make(21...21), to: "INBOX")
            try await shown.wait("a push") { $0.uids(in: "INBOX").contains(21) }
        }
    }

    /// A silent server is waited for once, then known to be away.
    @Test(arguments: [1, 3]) func silence(connections: Int) async throws {
        let rig = try rig(
            .full,
            Rig.Options {
                $0.connections = connections; $0.timeout = .seconds(1)
            })
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(at: .received, .stall))
            rig.server.install(Misbehaviour(at: .greeting, .stall))
            await #expect(throws: ServiceError.timedOut) { try await service.read(2, in: "INBOX", shown) }
            await #expect(throws: ServiceError.self) { try await service.read(3, in: "INBOX", shown) }
            try await waitUntil(.offline, service)
            await #expect(throws: ServiceError.offline) { try await service.read(3, in: "INBOX", shown) }
            rig.server.behave()
            try await waitUntil(.online, service)
            try await service.expect(Letter.make(3), reading: 3, in: "INBOX", shown)
        }
    }

    /// HAZARD 70: BYE in place of each answer in turn.
    @Test(arguments: 0...14) func byeAtAnyPoint(after answers: Int) async throws {
        let rig = try rig()
        rig.server.install(Misbehaviour(skip: answers, times: 1, .bye()))
        try await rig.run { service, shown in
            try await shown.wait("the listing") { $0.uids(in: "INBOX") == Array(1...20) }
            let read = try? await service.read(7, in: "INBOX", shown)
            #expect(read == nil || read == Letter.make(7))
            try await shown.wait("everything") { $0.uids(in: "INBOX") == Array(1...20) }
        }
    }

    /// HAZARD 74: asked once, never again by itself.
    @Test(arguments: [1, 3]) func theLoginIsRefused(connections: Int) async throws {
        let rig = try rig(
            .full,
            Rig.Options {
                $0.password = "wrong"; $0.connections = connections
            })
        try await rig.run { service, shown in
            await #expect(throws: ServiceError.self) { try await service.waitUntilReady() }
            for _ in 0..<20 {
                await #expect(throws: ServiceError.self) {
                    try await service.ensureListed(FolderID(rawValue: 1))
                }
            }
            #expect(service.facts.standing.connection.state == .refused)
            let folder = FolderID(rawValue: 1)
            do {
                let lease = try await #require(service.running).pool.lease(.reading, folder: folder)
                Issue.record("leased \(lease.number)")
            } catch {
                guard case ServiceError.accessDenied = error else { throw error }
            }
        }
        let logins = rig.server.observation.count("LOGIN") + rig.server.observation.count("AUTHENTICATE")
        #expect(logins == 1)
    }

    /// HAZARD 73: told to wait, whoever reads is told so as well, and nobody asks the server meanwhile.
    @Test func throttled() async throws {
        let rig = try rig()
        for command in ["LOGIN", "AUTHENTICATE"] {
            rig.server.install(
                Misbehaviour(
                    on: command, at: .received, .refuse("NO [UNAVAILABLE] Suggested Backoff Time: 299961 milliseconds"))
            )
        }
        try await rig.run { service, shown in
            await #expect(throws: ServiceError.self) { try await service.waitUntilReady() }
            // A second one may have been on its way before the word was heard.
            #expect(rig.server.observation.accepted <= 2)
            for _ in 0..<20 {
                do {
                    _ = try await #require(service.running).pool.lease(.reading, folder: nil)
                    Issue.record("leased")
                } catch {
                    guard case ServiceError.busy = error else { throw error }
                }
            }
        }
        let logins = rig.server.observation.count("LOGIN") + rig.server.observation.count("AUTHENTICATE")
        #expect(logins == 1)
        #expect(rig.server.observation.accepted <= 2)
    }

    /// HAZARD 71: what the server allows is learnt, and enough for everything.
    @Test(arguments: [1, 2, 3]) func fewerConnectionsThanWished(allowed: Int) async throws {
        var configuration = ServerConfiguration.full
        configuration.sessionLimit = allowed
        let rig = try rig(configuration, Rig.Options { $0.connections = 8 })
        rig.server.deliver(Letter.make(1...30), to: "Work")
        rig.server.deliver(Letter.make(31...60), to: "Play")
        try await rig.run { service, shown in
            try await shown.wait("all folders") {
                $0.uids(in: "INBOX").count == 20 && $0.uids(in: "Work").count == 30 && $0.uids(in: "Play").count == 30
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for uid in 1...30 {
                    group.addTask {
                        try await service.expect(Letter.make(uid), reading: UInt32(uid), in: "Work", shown)
                    }
                    group.addTask {
                        try await service.expect(Letter.make(30 + uid), reading: UInt32(uid), in: "Play", shown)
                    }
                }
                try await group.waitForAll()
            }
            rig.server.deliver(Letter.make(21...21), to: "INBOX")
            try await shown.wait("a push") { $0.uids(in: "INBOX").contains(21) }
        }
        #expect(rig.server.observation.accepted <= allowed + 4)
    }

    /// A server that ends each session at once is not stormed.
    @Test func sessionsThatDoNotLast() async throws {
        let rig = try rig()
        rig.server.install(Misbehaviour(on: "LIST", at: .received, .close))
        try await rig.run { service, _ in
            await #expect(throws: ServiceError.self) { try await service.waitUntilReady() }
            #expect(rig.server.observation.accepted <= 10)
        }
    }
}
