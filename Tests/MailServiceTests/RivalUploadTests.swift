import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Another client stores another text under the same Message-ID and date while the answer to an upload is lost.
@Suite struct RivalUploadTests {
    private static let rival = Array(
        String(decoding: Letter.make(9), as: UTF8.self).replacing("This is letter 9.", with: "This is another text.")
            .utf8)

    @Test func theBytesDecide() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.deliver([Self.rival], to: "Work")
            rig.server.cutConnections()
            try await rig.drained(service, shown)
            let bodies = rig.server.messages(in: "Work").map(\.bytes)
            #expect(bodies.contains(Letter.make(9)))
            #expect(bodies.contains(Self.rival))
            #expect(bodies.count == 2)
        }
    }

    @Test func whatTheServerMadeOfItIsTheSame() async throws {
        var configuration = ServerConfiguration.full
        // As Courier does: the last line end is added, bare CR dropped.
        configuration.stored = { $0.filter { $0 != 0x0D } + [0x0A] }
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .answer, times: 1, .close))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
        }
    }
}

/// Another client takes an upload to another folder before it was seen where it was sent.
@Suite struct TakenUploadTests {
    enum Loss: CaseIterable {
        /// The connection ends before the answer.
        case answer
        /// The answer came, and the connection ends before the message was looked at.
        case look
    }

    private func uploaded(
        _ loss: Loss, _ rig: Rig, _ service: MailService, _ shown: Shown, taken: (UInt32) -> Void
    ) async throws {
        let command = loss == .answer ? "APPEND" : "UID FETCH"
        let rule = rig.server.install(
            Misbehaviour(on: command, at: loss == .answer ? .answer : .received, times: 1, .stall))
        try service.write(Letter.make(9), to: "Work/nine.eml", shown)
        try await rig.server.waitForFiring(rule)
        taken(try #require(rig.server.messages(in: "Work").last?.uid))
        rig.server.cutConnections()
    }

    private static let kinds = [ServerConfiguration.full, .full.without("UIDPLUS"), .minimal]

    @Test(arguments: Loss.allCases, kinds)
    func isNotSentAgain(_ loss: Loss, _ configuration: ServerConfiguration) async throws {
        let rig = try Rig.changing(configuration)
        rig.server.createFolder("Archive")
        try await rig.synchronised { service, shown in
            try await uploaded(loss, rig, service, shown) { _ = rig.server.move($0, from: "Work", to: "Archive") }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work").isEmpty)
            #expect(rig.letters(in: "Archive") == [9])
            #expect(shown.model.messages(in: "Work").isEmpty)
            #expect(shown.model.messages(in: "Archive").map(\.standing) == [.settled])
        }
    }

    /// Nor is a copy made twice.
    @Test(arguments: Loss.allCases, kinds)
    func aCopyIsNotMadeAgain(_ loss: Loss, _ configuration: ServerConfiguration) async throws {
        let rig = try Rig.changing(configuration)
        rig.server.createFolder("Archive")
        try await rig.synchronised { service, shown in
            // The octets of what is in the cache are copied there.
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let copying = rig.server.install(Misbehaviour(on: "UID COPY", at: .answer, times: 1, .stall))
            try service.write(Letter.make(2), to: "Work/two.eml", shown)
            try await rig.server.waitForFiring(copying)
            if loss == .look {
                let looking = rig.server.install(Misbehaviour(on: "UID FETCH", at: .received, times: 1, .stall))
                rig.server.release(copying)
                try await rig.server.waitForFiring(looking)
            }
            let uid = try #require(rig.server.messages(in: "Work").last?.uid)
            _ = rig.server.move(uid, from: "Work", to: "Archive")
            rig.server.cutConnections()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
            #expect(rig.letters(in: "Work").isEmpty)
            #expect(rig.letters(in: "Archive") == [2])
            #expect(rig.server.observation.count("UID COPY") == 1)
            #expect(service.failedChanges == [])
            #expect(shown.model.messages(in: "Work").isEmpty)
            #expect(shown.model.messages(in: "Archive").map(\.standing) == [.settled])
        }
    }

    /// Nor is the text of a message offered that was moved as a copy, and taken on when its original went.
    @Test(arguments: [true, false]) func aCopyInPlaceOfAMove(isTaken: Bool) async throws {
        let rig = try Rig.changing(.full.without("MOVE", "NOTIFY"))
        rig.server.createFolder("Archive")
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID EXPUNGE", at: .answer, times: 1, .stall))
            try service.move("INBOX/letter 2.eml", to: "Work/two.eml", shown)
            try await rig.server.waitForFiring(rule)
            let uid = try #require(rig.server.messages(in: "Work").last?.uid)
            if isTaken {
                _ = rig.server.move(uid, from: "Work", to: "Archive")
            } else {
                rig.server.expunge(uid, in: "Work")
            }
            rig.server.release(rule)
            try await rig.drained(service, shown)
            let deadline = rig.deadline
            while !service.journal.unconfirmedCopies.isEmpty, rig.options.clock.now < deadline { await Task.yield() }
            #expect(rig.letters(in: "Archive") == (isTaken ? [2] : []))
            #expect(service.failedChanges.map(\.path) == (isTaken ? [] : ["Work/two.eml"]))
        }
    }

    /// It goes to a folder that was made for it, and the program knows of it after a restart alone.
    @Test(arguments: Loss.allCases) func isFoundAfterARestart(_ loss: Loss) async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try await uploaded(loss, rig, service, shown) {
                rig.server.createFolder("Taken")
                _ = rig.server.move($0, from: "Work", to: "Taken")
            }
        }
        try await rig.resumed { service, shown in
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work").isEmpty)
            #expect(rig.letters(in: "Taken") == [9])
        }
    }

    /// Of two with the same octets one was taken: the other stays, and none is sent again.
    @Test func oneOfTwoAlike() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Archive")
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", at: .received, times: 1, .stall))
            try service.write(Letter.make(9), to: "Work/one.eml", shown)
            try service.write(Letter.make(9), to: "Work/two.eml", shown)
            try await rig.server.waitForFiring(rule)
            let uid = try #require(rig.server.messages(in: "Work").first?.uid)
            _ = rig.server.move(uid, from: "Work", to: "Archive")
            rig.server.cutConnections()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.letters(in: "Archive") == [9])
            #expect(shown.model.messages(in: "Work").map(\.standing) == [.settled])
        }
    }

    /// What was there before has the same octets, and is none of ours.
    @Test func anEarlierOneIsNot() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Archive")
        rig.server.deliver([Letter.make(9)], to: "Archive")
        try await rig.synchronised { service, shown in
            try await uploaded(.answer, rig, service, shown) { rig.server.expunge($0, in: "Work") }
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.letters(in: "Archive") == [9])
        }
    }

    /// The same octets came to another folder, and nothing is missing where it was sent.
    @Test func anArrivalOfAnothersIsNot() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Archive")
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.deliver([Letter.make(9)], to: "Archive")
            rig.server.cutConnections()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
            #expect(rig.letters(in: "Archive") == [9])
        }
    }

    /// What was done to it meanwhile follows it.
    @Test func aDeletionFollowsIt() async throws {
        let rig = try Rig.changing()
        rig.server.createFolder("Archive")
        try await rig.synchronised { service, shown in
            try await uploaded(.answer, rig, service, shown) { uid in
                _ = rig.server.move(uid, from: "Work", to: "Archive")
                rig.server.stop()
            }
            try service.remove("Work/nine.eml", shown)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work").isEmpty)
            #expect(rig.letters(in: "Archive").isEmpty)
        }
    }
}
