import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailQuery
import MailStore
import Testing

@testable import MailService

/// Messages are found by what is listed of them, by cached text here, by other text on the server, and each once.
@Suite("Search", .serialized) struct SearchTests {
    private static func letter(
        _ number: Int, _ subject: String, _ text: String, from: String = "Mina Okafor <mina@example.com>",
        more: String = ""
    ) -> [UInt8] {
        Array(
            "From: \(from)\r\nTo: Alice <alice@example.org>\r\nSubject: \(subject)\r\nMessage-ID: <\(number)@example.org>\r\n\(more)\r\n\(text)\r\n"
                .utf8)
    }

    private static let letters = [
        letter(1, "Berth figures", "The pier is full."),
        letter(2, "=?utf-8?B?R3LDtsOfZQ==?= der Boote", "Kurz.", from: "Jörg <j@example.de>"),
        letter(
            3, "Holiday", "TmljaHRzIMO8YmVyIExpZWdlcGzDpHR6ZS4=",
            more: "Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n"),
        letter(4, "予定", "桟橋について相談しましょう。", more: "Content-Type: text/plain; charset=utf-8\r\n"),
        letter(
            5, "Report",
            "--x\r\n\r\nsee below\r\n--x\r\nContent-Disposition: attachment; filename=\"figures.csv\"\r\n\r\n1,2\r\n--x--",
            more: "Content-Type: multipart/mixed; boundary=x\r\n"),
    ]

    private func rig(_ configuration: ServerConfiguration = .full) throws -> Rig {
        let rig = try Rig.changing(configuration, letters: 50...50)
        rig.server.createFolder("Archive")
        rig.server.deliver(Self.letters, to: "Archive")
        return rig
    }

    private func found(_ query: String, _ service: MailService) async throws -> [UInt32] {
        try await service.search(query).messages.compactMap { $0.summary.uid?.rawValue }.sorted()
    }

    private func expect(
        _ query: String, _ uids: [UInt32], _ service: MailService, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let seen = try await found(query, service)
        #expect(seen == uids, "\(query)", sourceLocation: sourceLocation)
    }

    @Test("listed fields of every message, without its text")
    func headers() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            for (query, uids) in [
                ("from:mina in:archive", [1, 3, 4, 5]), ("subject:berth", [1]), ("subject:grosse", []),
                ("subject:größe", [2]),
                ("subject:GRÖSSE OR subject:Große", [2]), ("subject:fig*", [1]), ("subject:fig", []),
                ("subject:予", [4]),
                ("from:jorg", [2]), ("message-id:3@example.org", [3]), ("-from:mina in:Archive", [2]),
                ("subject:\"figures berth\"", []), ("subject:\"berth figures\"", [1]), ("in:Archive larger:1M", []),
                ("in:Archive is:unread", [1, 2, 3, 4, 5]), ("in:Archive is:read", []), ("in:Nowhere", []),
            ] as [(String, [UInt32])] {
                try await expect(query, uids, service)
            }
            #expect(rig.server.observation.count("UID SEARCH") == 0)
            #expect(rig.server.fetchedBodies == 0)
        }
    }

    @Test("just after the first start the listings are waited for, and what cannot be listed is named")
    func unlisted() async throws {
        try await rig().run { service, _ in
            let result = try await service.search("subject:berth")
            #expect(result.paths == ["Archive/Berth figures.eml"] && result.reason == nil)
        }
        let rig = try rig()
        rig.server.install(
            Misbehaviour(on: "EXAMINE", containing: "Archive", at: .received, .refuse("NO [NOPERM] not you")))
        try await rig.run { service, _ in
            let result = try await service.search("subject:berth")
            #expect(result.paths == [] && result.reason?.contains("Archive") == true)
            let other = try await service.search("subject:letter in:INBOX")
            #expect(other.messages.count == 1 && other.reason == nil)
        }
    }

    @Test("texts that are not cached are the server's to search", arguments: [true, false])
    func remote(extended: Bool) async throws {
        let rig = try rig(extended ? .full : .full.without("ESEARCH"))
        try await rig.synchronised { service, shown in
            try await expect("pier", [1], service)
            try await expect("body:pier -subject:berth", [], service)
            #expect(rig.server.fetchedBodies == 0)
            #expect(rig.server.observation.clientLines.contains { $0.contains("RETURN (ALL)") } == extended)
            let result = try await service.search("pier")
            #expect(result.unsearched == 0 && result.reason == nil)
            #expect(result.paths == ["Archive/Berth figures.eml"])
        }
    }

    @Test("cached texts are searched here, decoded, and nothing is asked")
    func cached() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.clearObservation()
            for (query, uids) in [
                ("liegeplätze", [3]), ("LIEGEPLATZE", [3]), ("桟橋", [4]), ("相談", [4]), ("橋桟", []),
                ("has:attachment", [5]),
                ("figures.csv", [5]), ("to:alice in:Archive", [1, 2, 3, 4, 5]), ("in:Archive -pier", [2, 3, 4, 5]),
                ("pier OR kurz", [1, 2]), ("body:berth", []),
                ("\"pier is full\"", [1]), ("\"full is pier\"", []), ("body:\"the pier\"", [1]), ("\"the pie\"*", [1]),
                ("-\"pier is full\" in:Archive", [2, 3, 4, 5]), ("\"see below\" has:attachment", [5]),
                ("\"pier is full\" from:jorg", []), ("相談しま", [4]), ("談", [4]), ("談相", []),
            ] as [(String, [UInt32])] {
                try await expect(query, uids, service)
            }
            #expect(rig.server.observation.count("UID SEARCH") == 0)
        }
        rig.server.stop()
        // It is all here, and said to be.
        try await rig.run { service, shown in
            try await rig.wait(for: .offline, service)
            let result = try await service.search("liegeplätze")
            #expect(result.messages.count == 1 && result.unsearched == 0)
        }
    }

    @Test("words of a text that is cached no more are found, a phrase in it by the server alone")
    func evicted() async throws {
        let rig = try rig()
        try await rig.synchronised { service, _ in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            try await expect("\"pier is full\" in:Archive", [1], service)
            #expect(rig.server.observation.count("UID SEARCH") == 0)
        }
        try FileManager.default.removeItem(atPath: rig.scratch.path + "/cache/bodies")
        try await rig.run { service, _ in
            try await service.waitUntilReady()
            try await expect("\"pier is full\" in:Archive", [1], service)
            #expect(rig.server.observation.count("UID SEARCH") > 0)
        }
        rig.server.stop()
        try await rig.run { service, _ in
            try await rig.wait(for: .offline, service)
            try await expect("pier in:Archive", [1], service)
            let result = try await service.search("\"pier is full\" in:Archive")
            #expect(result.messages.isEmpty && result.unsearched > 0 && result.reason != nil)
            try await expect("-\"pier is full\" subject:berth", [], service)
        }
    }

    @Test("of a text that was looked at in part the rest is the server's to search, and offline nobody's")
    func inPart() async throws {
        let rig = try Rig.changing(letters: 50...50)
        rig.server.createFolder("Archive")
        let line = "a line of a long text that is not looked at to its end\r\n"
        let part = "--x\r\n\r\npart\r\n"
        rig.server.deliver(
            [
                Self.letter(1, "Long", String(repeating: line, count: (8 << 20) / line.utf8.count + 1) + "farend"),
                Self.letter(
                    2, "Many", String(repeating: part, count: 10_100) + "--x\r\n\r\nlastpart\r\n--x--",
                    more: "Content-Type: multipart/mixed; boundary=x\r\n"),
                Self.letter(3, "Short", "short"),
            ], to: "Archive")
        try await rig.synchronised { service, _ in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            try await expect("farend", [1], service)
            try await expect("lastpart", [2], service)
            try await expect("-farend in:Archive", [2, 3], service)
            let result = try await service.search("farend")
            #expect(result.unsearched == 0)
            // Of the server is asked only what is not known.
            #expect(rig.server.observation.clientLines.contains { $0.contains("UID 1:2 TEXT") })
        }
        rig.server.stop()
        try await rig.run { service, _ in
            try await rig.wait(for: .offline, service)
            let result = try await service.search("farend")
            #expect(result.messages.isEmpty && result.unsearched == 2 && result.reason != nil)
            let short = try await service.search("short")
            #expect(short.messages.count == 1 && short.unsearched == 2)
            try await expect("subject:long", [1], service)
        }
    }

    @Test("a text that is said to be here and cannot be read is the server's to search")
    func unreadable() async throws {
        let rig = try rig()
        try await rig.synchronised { service, _ in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
        }
        try? FileManager.default.removeItem(atPath: rig.scratch.path + "/cache/search.sqlite")
        try FileManager.default.removeItem(atPath: rig.scratch.path + "/cache/bodies")
        try await rig.run { service, _ in
            try await service.waitUntilReady()
            try await expect("pier in:Archive", [1], service)
        }
    }

    @Test("offline it says of how many texts nothing is known")
    func offline() async throws {
        let rig = try rig()
        try await rig.synchronised { _, _ in }
        rig.server.stop()
        try await rig.run { service, shown in
            try await rig.wait(for: .offline, service)
            let result = try await service.search("berth")
            #expect(result.messages.count == 1)
            #expect(result.unsearched == 6 && result.reason != nil)
            // What nobody looked at is not said to lack anything.
            try await expect("-body:pier in:Archive", [], service)
            try await expect("-to:bob OR subject:berth", [1], service)
            try await expect("-subject:berth in:Archive", [2, 3, 4, 5], service)
            let listed = try await service.search("subject:berth")
            #expect(listed.unsearched == 0)
        }
    }

    @Test("of a server that falls silent one folder is asked, and of the others nothing is known")
    func silence() async throws {
        let rig = try Rig.changing(letters: 50...52) { $0.timeout = .seconds(1) }
        for folder in ["Archive", "Other", "Work"] { rig.server.deliver(Self.letters, to: folder) }
        try await rig.synchronised { service, _ in
            let rule = rig.server.install(Misbehaviour(on: "UID SEARCH", at: .received, .silence))
            let result = try await service.search("pier")
            #expect(result.messages.isEmpty && result.unsearched == 18 && result.reason != nil)
            #expect(rig.server.observation.fired[rule] == 1)
        }
    }

    @Test("what comes, goes, moves or is flagged is found as it is then")
    func changes() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await expect("subject:berth", [1], service)
            rig.server.deliver([Self.letter(9, "Another berth", "x")], to: "Archive")
            try await rig.settle(service, shown)
            let count = try await service.search("subject:berth").messages.count
            #expect(count == 2)
            try service.flag("Archive/Berth figures.eml", .add(Flags(system: .flagged, keywords: ["Port"])), shown)
            let paths1 = try await service.search("is:flagged tag:port").paths
            #expect(paths1 == ["Archive/Berth figures.eml"])
            try service.move("Archive/Berth figures.eml", to: "Work/kept.eml", shown)
            let paths2 = try await service.search("subject:berth in:Work").paths
            #expect(paths2 == ["Work/kept.eml"])
            try service.remove("Work/kept.eml", shown)
            let paths3 = try await service.search("subject:berth").paths
            #expect(paths3 == ["Archive/Another berth.eml"])
        }
    }

    @Test("a query that means nothing, and Gmail's words elsewhere, are errors")
    func errors() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            await #expect(throws: QueryError.self) { _ = try await service.search("is:wrong") }
            await #expect { _ = try await service.search("berth -raw:x") } throws: { error in
                (error as? QueryError)?.offset == 7
            }
        }
    }

    @Test("a changed flag has no text read again")
    func flags() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            try await expect("body:pier", [1], service)
            let before = try await #require(service.running).search.indexer.upToDate().additions
            for flag in [Flags.System.seen, .flagged, .answered] {
                try service.flag("Archive/Berth figures.eml", .add(Flags(system: flag)), shown)
                try await rig.drained(service, shown)
                try await expect("body:pier", [1], service)
            }
            let after = try await #require(service.running).search.indexer.upToDate().additions
            #expect(after == before)
        }
    }

    @Test("a damaged index is made again")
    func damaged() async throws {
        let rig = try rig()
        try await rig.synchronised { service, _ in try await expect("subject:berth", [1], service) }
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: rig.scratch.path + "/cache/search.sqlite"))
        try await rig.run { service, _ in
            try await service.waitUntilReady()
            try await expect("subject:berth", [1], service)
        }
    }
}
