import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Letters with one header, length and date, as a script writes several in a second: each keeps its name and text, whatever was lost
/// of the answers to what brought it somewhere, and whoever delivers one more of them meanwhile.
@Suite(.serialized) struct AlikeLettersTests {
    struct Case: Sendable, CustomStringConvertible {
        let server: ServerConfiguration
        let lost: String?
        let hasRival: Bool
        let description: String
    }

    private static let full = ServerConfiguration.full.without("OBJECTID")

    static let cases: [Case] = [false, true].flatMap { rival in
        [
            (full, "UID MOVE", "the answer of MOVE is lost"),
            (full.without("UIDPLUS"), nil, "nothing is told of where they are"),
            (full.without("MOVE"), "UID COPY", "the answer of COPY is lost"),
            (full.without("MOVE").without("UIDPLUS"), nil, "nothing is told of where the copies are"),
        ].map { Case(server: $0, lost: $1, hasRival: rival, description: "\($2)\(rival ? ", with a rival" : "")") }
    }

    private func tried(
        _ one: Case, _ command: String, isRead: Bool = true, _ change: (MailService, Shown) throws -> Void,
        begun: (Rig) -> Void = { _ in }, _ check: (Rig, MailService, Shown) async throws -> Void
    ) async throws {
        let rig = try Rig.changing(one.server, letters: 9...9)
        for letter in "abc" { rig.server.deliver(Letter.twin(letter), to: "INBOX") }
        try await rig.synchronised { service, shown in
            if isRead {
                for uid: UInt32 in 2...4 { _ = try await service.read(uid, in: "INBOX", shown) }
                try await rig.settle(service, shown)
            }
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try change(service, shown)
            let rule = rig.server.install(Misbehaviour(on: command, at: .received, times: 1, .stall))
            if let lost = one.lost { rig.server.install(Misbehaviour(on: lost, at: .answer, times: 1, .close)) }
            try rig.server.start()
            try await rig.server.waitForFiring(rule)
            begun(rig)
            if one.hasRival { rig.server.deliver(Letter.twin("r"), to: "Work") }
            rig.server.release(rule)
            try await rig.drained(service, shown)
            try await check(rig, service, shown)
        }
    }

    private static func name(_ uid: UInt32, _ shown: Shown) throws -> String {
        let message = try #require(shown.model.message(uid, in: "INBOX"))
        return "INBOX/" + String(decoding: message.name, as: UTF8.self)
    }

    private func expectTexts(_ rig: Rig, _ service: MailService, _ shown: Shown) async throws {
        let folder = try #require(shown.model.folder("Work"))
        for letter in "abc" {
            let message = try #require(shown.model.named("Work/\(letter).eml"), "\(letter)")
            let uid = try #require(message.uid?.rawValue)
            let there = rig.server.messages(in: "Work").first { $0.uid == uid }?.bytes
            #expect(there == Letter.twin(letter), "\(letter) is \(uid)")
            let body = try await service.body(of: message, in: folder.id)
            #expect(body.bytes == Letter.twin(letter))
        }
    }

    @Test(arguments: cases) func eachMovedKeepsItsText(one: Case) async throws {
        let command = one.server.capabilities.contains("MOVE") ? "UID MOVE" : "UID COPY"
        try await tried(one, command) { service, shown in
            let names = try (2...4).map { try Self.name($0, shown) }
            for (name, letter) in [(names[2], "c"), (names[0], "a"), (names[1], "b")] {
                try service.move(name, to: "Work/\(letter).eml", shown)
            }
        } _: { rig, service, shown in
            try await expectTexts(rig, service, shown)
            #expect(service.failedChanges == [])
            try service.remove("Work/c.eml", shown)
            try await rig.drained(service, shown)
            let left = rig.server.messages(in: "Work").filter { !$0.flags.contains("\\Deleted") }.map(\.bytes)
            #expect(!left.contains(Letter.twin("c")))
            for letter in one.hasRival ? "abr" : "ab" { #expect(left.contains(Letter.twin(letter)), "\(letter)") }
        }
    }

    /// Whose text nobody has seen has no name that could be another's.
    @Test func unreadOnesAreListedAnew() async throws {
        let one = Case(server: Self.full, lost: "UID MOVE", hasRival: true, description: "")
        try await tried(one, "UID MOVE", isRead: false) { service, shown in
            try service.move(try Self.name(3, shown), to: "Work/b.eml", shown)
        } _: { rig, service, shown in
            #expect(service.failedChanges == [])
            #expect(shown.model.named("Work/b.eml") == nil)
            for message in rig.server.messages(in: "Work") {
                try await service.expect(message.bytes, reading: message.uid, in: "Work", shown)
            }
        }
    }

    /// Their order in a new epoch is the server's.
    @Test func aNewEpochShowsEachItsText() async throws {
        let rig = try Rig.changing(Self.full, letters: 9...9)
        for letter in "abc" { rig.server.deliver(Letter.twin(letter), to: "INBOX") }
        try await rig.synchronised { service, shown in
            for uid: UInt32 in 2...4 { _ = try await service.read(uid, in: "INBOX", shown) }
            try await rig.settle(service, shown)
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            rig.server.changeUIDValidity(of: "INBOX")
            for (uid, letter) in zip([2, 3, 4] as [UInt32], "cab") {
                rig.server.overwrite(uid, in: "INBOX", with: Letter.twin(letter))
            }
            try rig.server.start()
            try await rig.settle(service, shown)
            for message in rig.server.messages(in: "INBOX") {
                try await service.expect(message.bytes, reading: message.uid, in: "INBOX", shown)
            }
        }
    }

    /// The server says where they are, and cannot be asked what is there.
    @Test func whatIsNotSeenIsListedWithItsText() async throws {
        let one = Case(server: Self.full, lost: nil, hasRival: true, description: "")
        try await tried(one, "UID MOVE") { service, shown in
            let names = try (2...4).map { try Self.name($0, shown) }
            for (name, letter) in [(names[2], "c"), (names[0], "a"), (names[1], "b")] {
                try service.move(name, to: "Work/\(letter).eml", shown)
            }
        } begun: { rig in
            rig.server.install(Misbehaviour(on: "EXAMINE", at: .received, times: 1, .refuse("NO later")))
        } _: { rig, service, shown in
            for message in rig.server.messages(in: "Work") {
                try await service.expect(message.bytes, reading: message.uid, in: "Work", shown)
            }
        }
    }
}
