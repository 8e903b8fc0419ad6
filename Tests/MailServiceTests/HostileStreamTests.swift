import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Whatever comes over the wire is survived, in bounded memory (HAZARDS 62, 63, 81, 84).
@Suite(.serialized) struct HostileStreamTests {
    private func rig() throws -> Rig {
        let rig = try Rig(.full, Rig.Options { $0.timeout = .seconds(5) })
        rig.server.deliver(Letter.make(1...20), to: "INBOX")
        return rig
    }

    static let garbage: [[UInt8]] = [
        Array("garbage\r\n".utf8), Array("\r\n".utf8), Array("* \r\n".utf8), Array("* 4294967296 EXISTS\r\n".utf8),
        Array("* -1 EXPUNGE\r\n".utf8), Array("* 0 EXPUNGE\r\n".utf8), Array("* 1 FETCH (UID 0 FLAGS ())\r\n".utf8),
        Array("* 1 FETCH (UID 99999999999999 FLAGS ())\r\n".utf8), Array("* FETCH\r\n".utf8),
        Array("* VANISHED 5:1,,\r\n".utf8), Array("* 1 FETCH (UID 3 BODY[] {3}\r\nxyz)\r\n".utf8),
        Array("* OK [UIDVALIDITY 0] none\r\n".utf8), Array("* OK [HIGHESTMODSEQ 99999999999999999999] x\r\n".utf8),
        Array("* LIST (\\Noselect NIL NIL\r\n".utf8), Array("+ \r\n".utf8), Array("zzz OK not yours\r\n".utf8),
        [0x2A, 0x20, 0xFF, 0x00, 0xFE, 0x0D, 0x0A], Array("* STATUS INBOX (MESSAGES -5)\r\n".utf8),
    ]

    @Test(arguments: garbage.indices) func garbageBetweenAnswers(index: Int) async throws {
        let rig = try rig()
        rig.server.install(Misbehaviour(on: "UID FETCH", .insert(Self.garbage[index])))
        rig.server.install(Misbehaviour(on: "EXAMINE", .insert(Self.garbage[index])))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            let inbox = try #require(shown.model.folder("INBOX"))
            // A line that only a broken session can explain may end it; the mail is never wrong.
            try? await service.ensureListed(inbox.id)
            rig.server.behave()
            try await shown.wait("the listing") { $0.uids(in: "INBOX") == Array(1...20) }
            try await service.expect(Letter.make(7), reading: 7, in: "INBOX", shown)
        }
    }

    @Test func pushedGarbage() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await rig.server.waitForIdle()
            for garbage in Self.garbage { rig.server.inject(garbage) }
            rig.server.deliver(Letter.make(21...21), to: "INBOX")
            try await shown.wait("the push") { $0.uids(in: "INBOX").contains(21) }
        }
    }

    enum Flood: String, CaseIterable, Sendable {
        case line, lines, nesting, literal

        var action: Misbehaviour.Action {
            switch self {
            case .line: .endlessLine
            case .lines: .endlessLines
            case .nesting: .deepNesting(1 << 20)
            case .literal: .hugeLiteral
            }
        }
    }

    @Test(arguments: Flood.allCases, ["UID FETCH", "EXAMINE", "LIST"]) func floods(flood: Flood, command: String)
        async throws
    {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let before = ResidentSize.octets
            let sent = rig.server.observation.bytesSent
            let accepted = rig.server.observation.accepted
            let open = rig.server.observation.open
            let rule = rig.server.install(Misbehaviour(on: command, times: 2, flood.action))
            let work = Task {
                _ = try? await service.read(7, in: "INBOX", shown)
                try? await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
            }
            try await rig.server.waitForFiring(rule)
            if flood == .line || flood == .lines {
                let much = 1 << 20
                try await rig.server.wait(for: "a flood, or its end") {
                    $0.bytesSent > sent + much || $0.open < open || $0.accepted > accepted
                }
            }
            #expect(ResidentSize.octets < before + (160 << 20))
            rig.server.behave()
            rig.server.cutConnections()
            await work.value
            try await shown.wait("the listing") { $0.uids(in: "INBOX") == Array(1...20) }
            // The account goes on as soon as a connection stands again.
            var bytes: [UInt8]?
            for _ in 0..<200 where bytes == nil {
                bytes = try? await service.read(8, in: "INBOX", shown)
                if bytes == nil { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(bytes == Letter.make(8))
        }
    }

    @Test func octetByOctet() async throws {
        let rig = try rig()
        rig.server.install(Misbehaviour(.pieces(of: 1)))
        try await rig.synchronised { service, shown in
            try await service.expect(Letter.make(7), reading: 7, in: "INBOX", shown)
        }
    }
}
