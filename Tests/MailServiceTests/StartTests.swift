import IMAPValue
import InMemoryIMAP
import MailModel
import MailTree
import Testing

@testable import MailService

/// What is said between connecting and being in step, and how often.
@Suite(.serialized) struct StartTests {
    private func synchronise(_ service: MailService) async throws {
        try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
    }

    /// A start with what an earlier run left, up to the first login, which the rule holds up.
    private func startAgain(
        _ rig: Rig, _ body: (MailService, Shown, _ login: Misbehaviour.ID) async throws -> Void
    ) async throws {
        let login = rig.server.install(Misbehaviour(on: "AUTHENTICATE", at: .received, times: 1, .stall))
        try await rig.run { service, shown in
            for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
            try await rig.server.waitForFiring(login)
            try await body(service, shown, login)
        }
    }

    /// HAZARD 74: a further connection is made ready meanwhile, and says who it is when the first one was let in.
    @Test func oneLoginAtATime() async throws {
        let rig = try Rig(.full, Rig.Options { $0.connections = 4 })
        let login = rig.server.install(Misbehaviour(on: "AUTHENTICATE", at: .received, times: 1, .stall))
        try await rig.run { service, shown in
            try await rig.server.waitForFiring(login)
            try await rig.server.wait(for: "a second connection") { $0.accepted == 2 }
            await #expect(throws: ConditionNotMet.self) {
                try await rig.server.wait(for: "a second login", seconds: 0.3) {
                    $0.transcript.count { $0.text.contains(" AUTHENTICATE ") } > 1
                }
            }
            rig.server.release(login)
            try await service.waitUntilReady()
            try await rig.settle(service, shown)
            #expect(rig.server.observation.transcript.count { $0.text.contains(" AUTHENTICATE ") } >= 2)
        }
    }

    /// A sync that was asked for before the folders were listed needs no list of its own.
    @Test func oneListAnswersAll() async throws {
        let rig = try Rig(.full)
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { _, _ in }
        rig.server.clearObservation()
        rig.server.deliver(Letter.make(4...5), to: "Work")
        try await startAgain(rig) { service, shown, login in
            async let done: Void = synchronise(service)
            while await service.running?.pool.waitingCount == 0 { await Task.yield() }
            rig.server.release(login)
            try await done
            rig.expectEqual(shown)
            let lists = rig.server.observation.clientLines.filter { $0.contains(" LIST ") }
            // The other one asks for the state of all folders, when everything is watched.
            #expect(lists.count { !$0.contains("UIDNEXT") } == 1 && lists.count <= 2)
        }
    }

    /// What others did before `sync` is seen after it, also where a LIST was under way that did not have it.
    @Test func whatCameAfterTheList() async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...3), to: "Work")
        try await rig.synchronised { _, _ in }
        let list = rig.server.install(Misbehaviour(on: "LIST", at: .answer, times: 1, .stall))
        try await startAgain(rig) { service, shown, login in
            rig.server.release(login)
            try await rig.server.waitForFiring(list)
            rig.server.deliver(Letter.make(4...4), to: "New")
            async let done: Void = synchronise(service)
            rig.server.release(list)
            try await done
            rig.expectEqual(shown)
            #expect(shown.model.folder("New") != nil)
        }
    }

    /// HAZARD 53: what a proxy makes up is found out by asking, and does not keep us out.
    @Test func capabilitiesThatAreMadeUp() async throws {
        let rig = try Rig(.minimal)
        rig.server.deliver(Letter.make(1...3), to: "Work")
        let claims = "LIST-EXTENDED LIST-STATUS SPECIAL-USE NAMESPACE ID ENABLE QRESYNC UIDPLUS MOVE IDLE NOTIFY"
        rig.server.install(
            Misbehaviour(.substitute("OK [CAPABILITY IMAP4rev1", "OK [CAPABILITY IMAP4rev1 \(claims)")))
        try await rig.synchronised { service, _ in #expect(!service.facts.canExpunge) }
        let lines = rig.server.observation.transcript.map(\.text)
        #expect(lines.contains { $0.contains("OK [CAPABILITY") && $0.contains(claims) })
    }

    /// Another session enabled QRESYNC, this one does not: nothing is lost by having relied on it.
    @Test(arguments: [Misbehaviour.Action.refuse("NO no"), .refuse("BAD what"), .omit("* ENABLED")])
    func qresyncThatWasPresumed(how: Misbehaviour.Action) async throws {
        let rig = try Rig(.full.without("NOTIFY"))
        rig.server.deliver(Letter.make(1...9), to: "Work")
        try await rig.synchronised { _, _ in }
        rig.server.deliver(Letter.make(10...12), to: "Work")
        rig.server.expunge([2, 3], in: "Work")
        let isObeyed = if case .alter = how { true } else { false }
        rig.server.install(Misbehaviour(on: "ENABLE", at: isObeyed ? .answer : .received, skip: 1, how))
        try await startAgain(rig) { service, shown, login in
            rig.server.release(login)
            try await rig.settle(service, shown)
        }
    }

    /// What was looked at last is known over restarts, where it can be had without the server.
    @Test func whatWasLookedAtLast() async throws {
        let rig = try Rig(.full)
        for name in ["Work", "Play"] { rig.server.deliver(Letter.make(1...3), to: name) }
        try await rig.synchronised { service, shown in
            #expect(service.lastListed == nil)
            for name in ["Work", "Play", "Work"] {
                try service.loadListing(try #require(shown.model.folder(name)).id) { #expect($0.count == 3) }
            }
            try service.loadListing(.root) { _ in }
        }
        try await rig.run { service, shown in
            let last = try #require(service.lastListed)
            #expect(shown.model.folder("Work")?.id == last)
            rig.server.deleteFolder("Work")
            try await service.waitUntilReady()
            for _ in 0..<2 { try await synchronise(service) }
            #expect(shown.model.folder("Work") == nil && service.lastListed == nil)
        }
    }
}
