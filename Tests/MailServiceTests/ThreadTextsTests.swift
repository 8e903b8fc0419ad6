import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailStore
import OlderCache
import Synchronization
import Testing

@testable import MailService

/// What is known of conversations: fetched once, when somebody asks.
@Suite("ThreadTexts", .serialized) struct ThreadTextsTests {
    private func letter(_ number: Int, _ more: String = "") -> [UInt8] {
        Array("\(more)Subject: Re: letter \(number)\r\nMessage-ID: <\(number)@x>\r\n\r\nText.\r\n".utf8)
    }

    private func answers(_ numbers: ClosedRange<Int>) -> [[UInt8]] {
        numbers.map { letter($0, "References: <root@x>\r\n <\($0 - 1)@x>\r\nIn-Reply-To: <\($0 - 1)@x>\r\n") }
    }

    /// By UID.
    private func texts(_ service: MailService, _ shown: Shown, in folder: String = "INBOX") async throws -> [UInt32:
        ThreadTexts]
    {
        let messages = shown.model.messages(in: folder)
        var found: [MessageID: ThreadTexts] = [:]
        try await service.threadTexts(of: messages.map(\.id)) { found.merge($0) { $1 } }
        return Dictionary(
            uniqueKeysWithValues: messages.compactMap { message in
                found[message.id].map { (message.uid?.rawValue ?? 0, $0) }
            })
    }

    /// The service started again on what it has kept.
    private func restarted(_ rig: Rig, _ body: (MailService, Shown) async throws -> Void) async throws {
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
            try await rig.settle(service, shown)
            try await body(service, shown)
        }
    }

    private func ids(_ texts: ThreadTexts?) -> [String] {
        texts?.earlier.map { String(decoding: $0, as: UTF8.self) } ?? []
    }

    private func asked(_ rig: Rig) -> [String] { rig.server.observation.clientLines.filter { $0.contains("FETCH") } }

    private func expectOneFetch(_ rig: Rig, at location: SourceLocation = #_sourceLocation) {
        let lines = asked(rig)
        #expect(lines.count == 1, sourceLocation: location)
        #expect(
            lines.allSatisfy { $0.contains("(UID BODY.PEEK[HEADER.FIELDS (REFERENCES IN-REPLY-TO)])") },
            sourceLocation: location)
    }

    @Test(
        "a listing asks for nothing of it, and who looks asks once",
        arguments: [ServerKind.full, .minimal])
    func listed(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration)
        rig.server.deliver([letter(1)] + answers(2...4) + [Array("Subject: none\r\n\r\nText.\r\n".utf8)], to: "INBOX")
        try await rig.synchronised { service, shown in
            #expect(asked(rig).allSatisfy { !$0.contains("REFERENCES") })
            rig.server.clearObservation()
            let found = try await texts(service, shown)
            expectOneFetch(rig)
            #expect(found[1].map { String(decoding: $0.own, as: UTF8.self) } == "1@x" && ids(found[1]) == [])
            #expect(ids(found[4]) == ["root@x", "3@x"] && found[4]?.subject == "Re: letter 4")
            #expect(found.values.allSatisfy(\.isWhole) && found.count == 5)
            #expect(Set(found.values.map(\.own)).count == 5)
            let again = try await texts(service, shown)
            #expect(again == found)
            expectOneFetch(rig)
        }
        try await restarted(rig) { service, shown in
            rig.server.clearObservation()
            let found = try await texts(service, shown)
            #expect(ids(found[4]) == ["root@x", "3@x"] && asked(rig) == [])
        }
    }

    @Test("megabytes of References are few octets in the cache, and keep nothing from being told")
    func hostile() async throws {
        let rig = try Rig()
        let many = (1...10_000).map { "<\($0)@x>" }.joined(separator: "\r\n ")
        let long = "<" + String(repeating: "a", count: 1_000_000) + "@x>"
        let longer = String(repeating: "<b@x>\r\n ", count: 200_000) + "<c@x>"
        rig.server.deliver(
            [
                letter(1, "References: \(many)\r\n"), letter(2, "References: \(long)\r\n <b@x>\r\n"),
                letter(3, "References: \(longer)\r\n"), letter(4, "In-Reply-To: \(many)\r\n"),
                letter(5, "Subject: \(String(repeating: "s", count: 1_500))\r\nReferences: <b@x>\r\n"),
            ], to: "INBOX")
        try await rig.synchronised { service, shown in
            let found = try await texts(service, shown)
            #expect(ids(found[1]) == ["1@x", "2@x"] + (9_993...10_000).map { "\($0)@x" })
            #expect(ids(found[4]) == ids(found[1]))
            #expect(ids(found[5]) == ["b@x"] && found[5]?.subject.count == 1_500)
            for uid: UInt32 in 1...4 { #expect(found[uid]?.subject == "Re: letter \(uid)") }
            #expect(found.values.allSatisfy { $0.isWhole && $0.earlier.reduce(0) { $0 + $1.count } < 5_000 })
        }
    }

    @Test("of an older cache nothing is listed again; what is new is asked for once, many at a time")
    func older() async throws {
        let rig = try Rig()
        rig.server.deliver([letter(1)] + answers(2...2_500), to: "INBOX")
        rig.server.deliver(answers(3_000...3_001), to: "Work")
        try await rig.synchronised { _, _ in }
        try OlderCache.withoutReferences(at: rig.configuration().cache)
        rig.server.clearObservation()
        try await restarted(rig) { service, shown in
            #expect(asked(rig).allSatisfy { !$0.contains("HEADER") })
            rig.server.clearObservation()
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 { group.addTask { _ = try await texts(service, shown) } }
                try await group.waitForAll()
            }
            let found = try await texts(service, shown)
            #expect(
                ids(found[1]) == [] && ids(found[2]) == ["root@x", "1@x"] && ids(found[2_500]) == ["root@x", "2499@x"])
            let areWhole = found.values.allSatisfy(\.isWhole)
            #expect(areWhole)
            let work = try await texts(service, shown, in: "Work")
            #expect(ids(work[2]) == ["root@x", "3000@x"])
            let lines = asked(rig)
            #expect(lines.count == 4)
        }
    }

    @Test("of a server that falls silent one folder is asked")
    func silence() async throws {
        let rig = try Rig(.full, Rig.Options { $0.timeout = .seconds(1) })
        for folder in ["INBOX", "Other", "Work"] { rig.server.deliver([letter(1)] + answers(2...4), to: folder) }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(
                Misbehaviour(on: "UID FETCH", containing: "REFERENCES", at: .received, .silence))
            let messages = ["INBOX", "Other", "Work"].flatMap { shown.model.messages(in: $0) }
            var found: [MessageID: ThreadTexts] = [:]
            try await service.threadTexts(of: messages.map(\.id)) { found.merge($0) { $1 } }
            #expect(found.count == 12 && found.values.allSatisfy { !$0.isWhole })
            #expect(rig.server.observation.fired[rule] == 1)
        }
    }

    @Test("without a connection what is here is told, and the rest is asked for later")
    func offline() async throws {
        let rig = try Rig()
        rig.server.deliver([letter(1)] + answers(2...3), to: "INBOX")
        try await rig.synchronised { _, _ in }
        let service = try rig.makeService()
        let shown = Shown()
        rig.server.stop()
        try await service.start(observer: shown)
        let inbox = try #require(shown.model.folder("INBOX"))
        try shown.load(inbox.id, from: service)
        let found = try await texts(service, shown)
        #expect(found.count == 3 && ids(found[3]) == [] && found.values.allSatisfy { !$0.isWhole })
        let whole = try await service.referencedMessages(among: Array(shown.model.messages(in: "INBOX").map(\.id)))
        #expect(whole == [])
        await service.stop()
        try rig.server.start()
        try await restarted(rig) { service, shown in
            let messages = shown.model.messages(in: "INBOX").map(\.id)
            let whole = try await service.referencedMessages(among: messages)
            #expect(whole == messages)
            let found = try await texts(service, shown)
            #expect(ids(found[3]) == ["root@x", "2@x"] && found.values.allSatisfy(\.isWhole))
        }
    }
}
