import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

@Suite(.serialized) struct FirstListingTests {
    @Test(arguments: ServerKind.allCases) func showsWhatTheServerHas(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration)
        rig.server.deliver(Letter.make(1...30), to: "INBOX")
        rig.server.deliver(Letter.make(31...40), to: "Work/Reports", flags: ["\\Seen", "$Forwarded"])
        rig.server.createFolder("Empty")
        try await rig.synchronised { _, shown in
            #expect(shown.model.paths == ["Empty", "INBOX", "Work", "Work/Reports"])
            #expect(
                shown.model.messages(in: "INBOX").map { String(decoding: $0.name, as: UTF8.self) }.first
                    == "letter 1.eml")
        }
    }

    @Test func manyMessagesComeInWindows() async throws {
        let rig = try Rig()
        rig.server.deliver(Letter.make(1...12_000), to: "INBOX")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            let inbox = try #require(shown.model.folder("INBOX"))
            try await service.ensureListed(inbox.id)
            #expect(shown.model.uids(in: "INBOX") == Array(1...12_000))
        }
        #expect(rig.server.observation.fetchedHeaders.count == 12_000)
    }

    /// Where the UIDs are mostly those of messages, no listing goes before the windows.
    @Test(arguments: [(4, 0), (5, 1)])
    func flagsAreNotListedWhereUIDsAreDense(every: UInt32, listings: Int) async throws {
        let rig = try Rig(.full, Rig.Options { $0.window = 10 })
        rig.server.deliver(Letter.make(1...200), to: "INBOX")
        rig.server.expunge((1...200).filter { $0 % every != 0 }, in: "INBOX")
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            let inbox = try #require(shown.model.folder("INBOX"))
            try await service.ensureListed(inbox.id)
            #expect(shown.model.uids(in: "INBOX") == (1...200).filter { $0 % every == 0 })
        }
        let lines = rig.server.observation.clientLines
        #expect(lines.count { $0.hasSuffix("(UID FLAGS)") } == listings)
    }

    /// HAZARD 9: what a window cut without a listing leaves out is missed by the number of messages, before anybody is shown any.
    @Test func whatAWindowLeavesOutIsMissedAtOnce() async throws {
        let rig = try Rig(.full, Rig.Options { $0.window = 10 })
        rig.server.deliver(Letter.make(1...40), to: "Work")
        rig.server.install(Misbehaviour(on: "UID FETCH", containing: "HEADER", times: 1, .omitMessages([7, 8])))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.ensureListed(try #require(shown.model.folder("Work")).id)
            #expect(shown.model.uids(in: "Work") == Array(1...40))
        }
        #expect(rig.server.observation.clientLines.count { $0.contains("FETCH 7:8 ") } == 1)
    }

    /// HAZARD 8: cut before each command in turn, all that was answered is kept and not asked for again.
    @Test(arguments: [ServerKind.full, .minimal], 1...16)
    func goesOnWhereTheConnectionWasCut(kind: ServerKind, after answered: Int) async throws {
        let rig = try Rig(kind.configuration, Rig.Options { $0.window = 10 })
        rig.server.deliver(Letter.make(1...45), to: "INBOX")
        rig.server.install(Misbehaviour(at: .received, skip: answered, times: 1, .close))
        try await rig.run { _, shown in
            try await shown.wait("45 messages") { $0.uids(in: "INBOX") == Array(1...45) }
        }
        let headers = rig.server.observation.fetchedHeaders.map(\.uid).sorted()
        #expect(headers == Array(1...45))
    }

    /// Cut in the middle of each answer, at most what was under way is asked for again.
    @Test(arguments: 1...14) func goesOnWhereAnAnswerWasCut(answer: Int) async throws {
        let rig = try Rig(.full, Rig.Options { $0.window = 10 })
        rig.server.deliver(Letter.make(1...45), to: "INBOX")
        rig.server.install(Misbehaviour(skip: answer, times: 1, .closeAfter(bytes: 700)))
        try await rig.run { _, shown in
            try await shown.wait("45 messages") { $0.uids(in: "INBOX") == Array(1...45) }
        }
        let headers = rig.server.observation.fetchedHeaders.map(\.uid)
        #expect(Set(headers) == Set(1...45))
        #expect(headers.count <= 45 + 20)
    }

    @Test func aFolderThatCannotBeListedIsAnErrorAndNotEmpty() async throws {
        let rig = try Rig(.full)
        rig.server.deliver(Letter.make(1...3), to: "Secret")
        rig.server.install(
            Misbehaviour(on: "EXAMINE", containing: "Secret", at: .received, .refuse("NO [NOPERM] Not you")))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            let folder = try #require(shown.model.folder("Secret"))
            await #expect(throws: ServiceError.accessDenied("Not you")) { try await service.ensureListed(folder.id) }
        }
    }
}
