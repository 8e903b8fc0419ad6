import IMAPClient
import IMAPCodec
import IMAPValue
import Testing

/// A server that says something now and then, and nothing that helps, is as good as a silent one.
@Suite("Drips")
struct DripTests {
    private static let inbox = Array("INBOX".utf8)
    private static let list = Command.list(reference: [], patterns: [Array("*".utf8)], options: .plain)
    private static let fetch = Command.uidFetch(
        .uids(UIDSet([7] as [UInt32])), [.uid, .body], changedSince: nil, vanished: false)

    /// A command, what must be heard of it, and what is dripped.
    static let drips: [(Command, String, String)] = [
        (.noop, "NOOP", "x"), (.noop, "NOOP", #"* OK still here\r\n"#), (.noop, "NOOP", #"* 1 EXISTS\r\n"#),
        (.noop, "NOOP", #"+ go on\r\n"#), (list, #"LIST "" "*""#, #"* LIST () "/" abcdefghijklmnopqrst\r\n"#),
        (.status(inbox, [.messages]), #"STATUS "INBOX" (MESSAGES)"#, #"* STATUS INBOX (MESSAGES 1)\r\n"#),
        (.examine(inbox, .plain), #"EXAMINE "INBOX""#, #"* FLAGS (abcdefghijkl)\r\n"#),
        (.create(inbox, nil), #"CREATE "INBOX""#, "* "),
    ]

    @Test("keep no wait alive", .timeLimit(.minutes(1)), arguments: drips.indices)
    func drip(index: Int) async throws {
        let (command, heard, drip) = Self.drips[index]
        let peer = try ScriptedPeer(login + "C: A3 \(heard)\nDRIP \(drip)")
        let connection = try await open(configuration(peer, timeout: .milliseconds(400)))
        await #expect(throws: IMAPClientError.silent(seconds: 1)) { try await connection.perform(command) }
    }

    @Test("keep no login alive", .timeLimit(.minutes(1)), arguments: ["x", #"* OK wait\r\n"#])
    func greeting(drip: String) async throws {
        for script in [
            "DRIP \(drip)",
            "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\nC: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\nDRIP \(drip)",
        ] {
            let peer = try ScriptedPeer(script)
            let ending = await outcome(configuration(peer, timeout: .milliseconds(400)))
            #expect(["silent", "protocolViolation"].contains(ending))
        }
    }

    /// Of a body that is wanted, some octets within the time are progress.
    @Test("are not what a slow line is", .timeLimit(.minutes(1)))
    func slow() async throws {
        let piece = "S~ %3000%\nPAUSE 150\n"
        let peer = try ScriptedPeer(
            login + "C: A3 UID FETCH 7 (UID BODY.PEEK[])\nS~ * 1 FETCH (UID 7 BODY[] {300000}\\r\\n\n"
                + String(repeating: piece, count: 10) + "S~ %270000%\nS: )\nS: A3 OK done")
        let connection = try await open(configuration(peer, timeout: .milliseconds(400)))
        let sink = CountingSink()
        let status = try await connection.perform(Self.fetch, literals: sink)
        #expect(status.kind == .ok)
    }

    @Test("end a body too", .timeLimit(.minutes(1)))
    func body() async throws {
        let peer = try ScriptedPeer(
            login + "C: A3 UID FETCH 7 (UID BODY.PEEK[])\nS~ * 1 FETCH (UID 7 BODY[] {300000}\\r\\n\nDRIP x")
        let connection = try await open(configuration(peer, timeout: .milliseconds(400)))
        await #expect(throws: IMAPClientError.silent(seconds: 1)) {
            try await connection.perform(Self.fetch, literals: CountingSink())
        }
    }
}

/// Takes every literal and keeps nothing.
private final class CountingSink: LiteralReceiver, StreamedSink {
    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? { self }
    func write(_ bytes: UnsafeRawBufferPointer) {}
    func finish() {}
    func abort() {}
}
