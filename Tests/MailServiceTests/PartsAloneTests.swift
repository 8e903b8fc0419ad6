import Foundation
import InMemoryIMAP
import MailMessage
import MailModel
import MailStore
import Testing

@testable import MailService

/// Parts of large messages, fetched without the rest of them.
@Suite("Parts fetched alone", .serialized) struct PartsAloneTests {
    private static func lines(_ text: String) -> [UInt8] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }

    private static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        octets.reduce(into: []) { result, octet in
            if octet == 0x0A, result.last != 0x0D { result.append(0x0D) }
            result.append(octet)
        }
    }

    private static let plan = String(repeating: String(repeating: "SGVs", count: 19) + "\n", count: 900)

    private static let letter = lines(
        """
        Subject: large
        Message-ID: <large@example.org>
        Content-Type: multipart/mixed; boundary="outer"

        This is a message in parts.
        --outer
        Content-Type: multipart/alternative; boundary=inner

        --inner

        one
        --inner
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        <p>Gr=C3=B6=
        =C3=9Fe</p>
        --inner--

        --outer
        Content-Type: application/pdf; name="=?utf-8?Q?Pl=C3=A4ne.pdf?="
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment; filename*0*=utf-8''Pl%C3%A4; filename*1=ne.pdf

        \(plan)--outer
        Content-Type: text/plain; name=notes.txt

        two
        --outer--
        """ + "\n")

    private func rig(
        _ messages: [[UInt8]] = [letter], _ configuration: ServerConfiguration = .full,
        _ change: (inout Rig.Options) -> Void = { _ in }
    ) throws -> Rig {
        let rig = try Rig(
            configuration,
            Rig.Options {
                $0.largeMessage = 0
                change(&$0)
            })
        rig.server.deliver(messages, to: "Work")
        return rig
    }

    private static func leaves(_ part: MIMEPart, _ section: [Int] = []) -> [(section: [Int], part: MIMEPart)] {
        switch part.content {
        case .leaf: [(section.isEmpty ? [1] : section, part)]
        case .multipart(let parts):
            parts.enumerated().flatMap { leaves($1, section + [$0 + 1]) }
        case .message: []
        }
    }

    /// - Returns: whether it was had in parts.
    private func compare(
        _ octets: [UInt8], _ message: MessageSummary, _ service: MailService, _ comment: Comment? = nil
    ) async throws -> Bool {
        guard let outline = try await service.outline(of: message) else { return false }
        let whole = MIMEParser.parse(octets)
        let (expected, found) = (Self.leaves(whole), Self.leaves(outline.root))
        #expect(expected.map(\.section) == found.map(\.section), comment)
        for (one, other) in zip(expected, found) {
            #expect(one.part.type.name == other.part.type.name, comment)
            #expect(one.part.fileName(in: octets) == other.part.fileName(in: outline.octets), comment)
            let content = one.part.decoded(in: octets)
            let part = try await service.part(one.section, of: message, in: outline)
            if let part { #expect(part == content, comment) }
            #expect(outline.mostOctets(of: one.section) >= UInt64(content.count), comment)
            #expect(outline.contentLength(of: one.section).map { $0 == UInt64(content.count) } ?? true, comment)
        }
        let kept = try #require(MessageOutline(kept: outline.kept))
        #expect(kept.octets == outline.octets && kept.kept == outline.kept, comment)
        return true
    }

    @Test("names and contents are those of the whole message, and only what is asked for comes") func same()
        async throws
    {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            rig.server.clearObservation()
            let isHad = try await compare(Self.letter, message, service)
            #expect(isHad)
            let sections = Set(rig.server.observation.bodies.map(\.section))
            #expect(sections.isSuperset(of: ["2.MIME", "1.2.MIME", "2"]), "\(sections)")
            #expect(shown.model.message(1, in: "Work")?.isCached == false)
        }
    }

    @Test("a server that decodes is asked to, where there is one way only to decode", arguments: [true, false])
    func decoded(isHonest: Bool) async throws {
        let rig = try rig([Self.letter], .full.with("BINARY"))
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            // As Dovecot 2.3.19 does with long parts.
            let short = Misbehaviour.Action.substitute("BINARY.SIZE[2] 51300", "BINARY.SIZE[2] 51297")
            if !isHonest { rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BINARY.SIZE", short)) }
            rig.server.clearObservation()
            let outline = try #require(try await service.outline(of: message))
            #expect(outline.contentLength(of: [2]) == (isHonest ? 51_300 : nil))
            let isHad = try await compare(Self.letter, message, service)
            #expect(isHad)
            let lines = rig.server.observation.clientLines
            #expect(lines.contains { $0.contains("BINARY.PEEK[2]") } == isHonest)
            #expect(lines.contains { $0.contains("BODY.PEEK[2])") } == !isHonest)
        }
    }

    @Test(
        "what comes decoded in another length is asked for as it is encoded",
        arguments: [Misbehaviour.Action.bodyCut(to: 9), .bodyNIL, .refuse("NO [UNKNOWN-CTE] cannot")])
    func decodedWrongly(action: Misbehaviour.Action) async throws {
        let rig = try rig([Self.letter], .full.with("BINARY"))
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BINARY.PEEK", action))
            let outline = try #require(try await service.outline(of: message))
            let part = try await service.part([2], of: message, in: outline)
            #expect(part?.count == 51_300)
            #expect(rig.server.observation.fired[rule, default: 0] == 1)
        }
    }

    /// Dovecot 2.3.19 does, where base64 ends prematurely.
    @Test("a server that ends the connection when it is to decode", arguments: ["BINARY.SIZE", "BINARY.PEEK", "BODY"])
    func endsWhenDecoding(_ what: String) async throws {
        let rig = try rig([Self.letter, Self.letter], .full.with("BINARY"))
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: what, at: .received, .close))
            for uid: UInt32 in [1, 2] {
                let message = try #require(shown.model.message(uid, in: "Work"))
                let outline = try await service.outline(of: message)
                #expect((outline == nil) == (what == "BODY"))
                guard let outline else { continue }
                let part = try await service.part([2], of: message, in: outline)
                #expect(part?.count == 51_300)
            }
            // It is known after one.
            if what != "BODY" { #expect(rig.server.observation.fired[rule, default: 0] == 1) }
        }
    }

    /// What an honest server says of them is another thing for many: then they are taken whole.
    @Test("odd messages give the same in parts, or are taken whole", arguments: [false, true])
    func odd(offersBinary: Bool) async throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "OddMessages")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".eml") }
        var messages: [(name: String, octets: [UInt8])] = []
        for name in names.sorted() {
            let octets = [UInt8](try Data(contentsOf: directory.appending(path: name)))
            messages.append((name, octets))
            messages.append((name + " with CRLF", Self.withCRLF(octets)))
        }
        let rig = try rig(messages.map(\.octets), offersBinary ? .full.with("BINARY") : .full)
        try await rig.synchronised { service, shown in
            var count = 0
            for (place, (name, octets)) in messages.enumerated() {
                let message = try #require(shown.model.message(UInt32(place + 1), in: "Work"))
                if try await compare(octets, message, service, "\(name)") { count += 1 }
            }
            #expect(count > 10, "those without a fault")
        }
    }

    @Test("what was had is there without a connection, and makes no message cached") func kept() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            #expect(try await compare(Self.letter, message, service))
        }
        rig.server.stop()
        try await rig.run { service, shown in
            try shown.loadAll(from: service)
            let message = try #require(shown.model.message(1, in: "Work"))
            #expect(!message.isCached)
            #expect(try await compare(Self.letter, message, service))
            #expect(service.keptPartSize([3], of: message) == 3)
        }
    }

    @Test(
        "a server that gives another length, NIL, nothing or a refusal has the message taken whole",
        arguments: ["longer", "shorter", "NIL", "nothing", "refusal"])
    func lies(_ lie: String) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            let outline = try #require(try await service.outline(of: message))
            let contents = ["longer": "\"twoo\"", "shorter": "\"tw\"", "NIL": "NIL"]
            let action: Misbehaviour.Action =
                lie == "refusal"
                ? .refuse("NO not this one")
                : .alter { answer in
                    answer.untagged = contents[lie].map { [Array("* 1 FETCH (UID 1 BODY[3] \($0))\r\n".utf8)] } ?? []
                }
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[3]", action))
            let part = try await service.part([3], of: message, in: outline)
            #expect(part == nil)
            rig.server.remove(rule)
            #expect(try await service.part([3], of: message, in: outline) == Array("two".utf8))
        }
    }

    @Test("many who want the same part ask once; who is interrupted waits no longer") func shared() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            let outline = try #require(try await service.outline(of: message))
            let alone = try #require(service.running).alone
            let rule = rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[3]", .stall))
            let readers = (0..<3).map { _ in Task { try await service.part([3], of: message, in: outline) } }
            try await rig.server.waitForFiring(rule)
            while alone.waiterCount < 3 { await Task.yield() }
            readers[0].cancel()
            await #expect(throws: CancellationError.self) { _ = try await readers[0].value }
            rig.server.release(rule)
            for reader in readers[1...] {
                let part = try await reader.value
                #expect(part == Array("two".utf8))
            }
            #expect(rig.server.observation.bodies.count { $0.section == "3" } == 1)
        }
    }

    @Test("a silent server is ETIMEDOUT's, not the whole message's") func silence() async throws {
        let rig = try rig { $0.timeout = .seconds(1) }
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            let outline = try #require(try await service.outline(of: message))
            rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY.PEEK[3]", .silence))
            await #expect(throws: ServiceError.timedOut) { _ = try await service.part([3], of: message, in: outline) }
        }
    }

    @Test("--download-limit counts parts") func budget() async throws {
        let rig = try rig { $0.downloadLimit = 60_000 }
        try await rig.synchronised { service, shown in
            let message = try #require(shown.model.message(1, in: "Work"))
            let outline = try #require(try await service.outline(of: message))
            #expect(try await service.part([3], of: message, in: outline) != nil)
            await #expect {
                _ = try await service.part([2], of: message, in: outline)
            } throws: {
                if case .limitReached = $0 as? ServiceError { true } else { false }
            }
        }
    }
}
