import Foundation
import IMAPClient
import IMAPCodec
import IMAPValue
import Synchronization
import Testing

@Suite("Commands of a connection")
struct CommandTests {
    @Test("many commands at once are answered each by its own tag")
    func pipelined() async throws {
        let count = 300
        let peer = try ScriptedPeer(
            login + (0..<count).map { "C: A\($0 + 3) NOOP" }.joined(separator: "\n") + "\n"
                + (0..<count).reversed().map { "S: A\($0 + 3) OK \($0)" }.joined(separator: "\n"))
        let connection = try await open(configuration(peer))
        let running = (0..<count).map { _ in connection.submit(.noop) }
        for (number, command) in running.enumerated() {
            #expect(try await command.outcome().text == "\(number)")
        }
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("responses go to the oldest command that takes them, else to unsolicited")
    func distribution() async throws {
        let peer = try ScriptedPeer(
            login
                + "C: A3 NOOP\nC: A4 CHECK\nS: * 1 EXISTS\nS: * 2 EXPUNGE\nS: * 3 RECENT\nS: A4 OK\nS: * 5 EXISTS\nS: A3 OK"
        )
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        let taken = Mutex<[String]>([])
        let first = connection.submit(.noop) { incoming in
            guard case .exists(let number) = incoming.response else { return .passed }
            taken.withLock { $0.append("first \(number)") }
            return .taken
        }
        let second = connection.submit(.check) { incoming in
            if case .recent = incoming.response { return .passed }
            taken.withLock { $0.append("second") }
            return .taken
        }
        _ = try await first.outcome()
        _ = try await second.outcome()
        #expect(taken.withLock { $0 } == ["first 1", "second", "first 5"])
        #expect(await witness.unsolicited(1) == [.recent(3)])
        connection.close()
    }

    @Test("an outcome may be asked for by many, before and after, and by tasks that are cancelled")
    func outcomes() async throws {
        let peer = try ScriptedPeer(login + "C: A3 NOOP\nS: A3 NO later")
        let connection = try await open(configuration(peer))
        let command = connection.submit(.noop)
        let task = Task { try await command.outcome().kind }
        task.cancel()
        #expect(try await task.value == .no)
        #expect(try await command.outcome().kind == .no)
        connection.close()
    }

    @Test("a refused literal ends its command, and nothing of it becomes another", arguments: ["NO", "BAD"])
    func refusedLiteral(kind: String) async throws {
        let peer = try ScriptedPeer(
            login + "C: A3 DELETE {3}\nS: A3 \(kind) [OVERQUOTA] no\nC: A4 NOOP\nS: A4 OK done")
        let connection = try await open(configuration(peer))
        let refused = connection.submit(.delete(bytes("a\u{e9}")))
        let next = connection.submit(.noop)
        #expect(try await refused.outcome().code == .overQuota)
        #expect(try await next.outcome().kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("a literal leaves after the server's word")
    func literal() async throws {
        let peer = try ScriptedPeer(login + "C: A3 DELETE {3}\nS: + go\nC: a\u{e9}\nS: A3 OK done")
        let connection = try await open(configuration(peer))
        #expect(try await connection.perform(.delete(bytes("a\u{e9}"))).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("arguments that no command may carry are refused here")
    func unsafe() async throws {
        let peer = try ScriptedPeer(login + "C: A4 NOOP\nS: A4 OK")
        let connection = try await open(configuration(peer))
        await #expect(throws: EncodingError.unsafeName) { try await connection.perform(.delete(bytes("a\r\nb"))) }
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
    }

    @Test("an unreadable response costs itself; an unreadable answer its command")
    func unreadable() async throws {
        let peer = try ScriptedPeer(
            login
                + "C: A3 NOOP\nS: * 1 FETCH (((\nS: * x\nS: ? what\nS: A3 OK\nC: A4 NOOP\nC: A5 NOOP\nS: A4 PERHAPS\nS: A5 OK"
        )
        let connection = try await open(configuration(peer))
        #expect(try await connection.perform(.noop).kind == .ok)
        let lost = connection.submit(.noop)
        let kept = connection.submit(.noop)
        await #expect(throws: IMAPClientError.self) { try await lost.outcome() }
        #expect(try await kept.outcome().kind == .ok)
        connection.close()
    }

    @Test(
        "what ends the connection fails every command, once",
        arguments: [
            ("S: * BYE down", "disconnected"), ("S: * BYE [UNAVAILABLE] down", "throttled"),
            ("S: * BYE Suggested Backoff Time: 299961 milliseconds", "throttled 300"), ("EOF", "disconnected"),
            ("RST", "disconnected"), ("S: A9 OK unknown", "protocolViolation"),
            ("S: * OK %20000%", "protocolViolation"), ("S: * 1 FETCH (BODY[] {99999999}", "protocolViolation"),
            ("HOLD", "silent"),
        ])
    func ended(line: String, expected: String) async throws {
        let peer = try ScriptedPeer(login + "C: A3 NOOP\nC: A4 CHECK\n" + line)
        var limits = Limits()
        limits.response = 10_000
        limits.literal = 1_000_000
        let witness = Witness()
        let connection = try await open(
            configuration(peer, timeout: expected == "silent" ? .seconds(2) : .seconds(60), limits: limits),
            witness)
        let running = [connection.submit(.noop), connection.submit(.check)]
        for command in running {
            do {
                _ = try await command.outcome()
                Issue.record("answered")
            } catch {
                #expect(kind(error) == expected)
            }
        }
        #expect(await witness.closed().map { $0.map { kind($0) } } == [expected])
        #expect(connection.isClosed)
        await #expect(throws: IMAPClientError.self) { try await connection.perform(.noop) }
        await connection.stopIdle()
        await connection.logout()
    }

    @Test("close fails what runs, and is not told as an error")
    func close() async throws {
        let peer = try ScriptedPeer(login + "C: A3 NOOP\nHOLD")
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        let command = connection.submit(.noop)
        connection.close()
        do {
            _ = try await command.outcome()
            Issue.record("answered")
        } catch {
            #expect(kind(error) == "disconnected")
        }
        #expect(await witness.closed() == [nil])
    }

    @Test("silence is no failure while nothing is due")
    func quietness() async throws {
        let peer = try ScriptedPeer(login + "C: A3 IDLE\nS: + idling\nC: DONE\nS: A3 OK\nC: A4 NOOP\nS: A4 OK")
        let connection = try await open(configuration(peer, timeout: .seconds(2)))
        connection.startIdle()
        let clock = ContinuousClock()
        try await clock.sleep(for: .seconds(3))
        #expect(!connection.isClosed)
        await connection.stopIdle()
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("a server that does not answer DONE is silent")
    func deafIdle() async throws {
        let peer = try ScriptedPeer(login + "C: A3 IDLE\nS: + idling\nS: * 1 EXISTS\nC: DONE\nHOLD")
        let witness = Witness()
        let connection = try await open(configuration(peer, timeout: .seconds(2)), witness)
        connection.startIdle()
        _ = await witness.unsolicited(1)
        await connection.stopIdle()
        #expect(await witness.closed().map { $0.map { kind($0) } } == ["silent"])
    }

    @Test("IDLE that is not offered is not said, one that is refused not said again")
    func noIdle() async throws {
        let peer = try ScriptedPeer(
            login.replacing(" IDLE", with: "")
                + "C: A3 NOOP\nS: * CAPABILITY IMAP4rev1 IDLE\nS: A3 OK\nC: A4 IDLE\nS: A4 BAD what\nS: * 1 EXISTS\nC: A5 NOOP\nS: A5 OK"
        )
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        connection.startIdle()
        await connection.stopIdle()
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.startIdle()
        #expect(await witness.unsolicited(2).last == .exists(1))
        #expect(try await connection.perform(.noop).kind == .ok)
        await connection.stopIdle()
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("who waits for the end of IDLE is released by who starts it again")
    func idleAgain() async throws {
        let peer = try ScriptedPeer(
            login + "C: A3 IDLE\nS: + idling\nS: * 1 EXISTS\nC: DONE\nS: A3 OK\nC: A4 IDLE\nS: + idling\nS: * 2 EXISTS")
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        connection.startIdle()
        _ = await witness.unsolicited(1)
        async let stopped: Void = connection.stopIdle()
        connection.startIdle()
        await stopped
        connection.startIdle()
        connection.close()
        _ = await witness.closed()
    }

    @Test("IDLE pushes, makes way and comes back")
    func idle() async throws {
        let peer = try ScriptedPeer(
            login
                + "C: A3 IDLE\nS: + idling\nS: * 7 EXISTS\nC: DONE\nS: * 8 EXISTS\nS: A3 OK\nC: A4 NOOP\nS: A4 OK\nC: A5 IDLE\nS: + idling\nS: * 9 EXISTS\nC: DONE\nS: A5 OK\nC: A6 LOGOUT\nEOF"
        )
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        connection.startIdle()
        #expect(await witness.unsolicited(1) == [.exists(7)])
        #expect(try await connection.perform(.noop).kind == .ok)
        #expect(await witness.unsolicited(3) == [.exists(7), .exists(8), .exists(9)])
        await connection.stopIdle()
        await connection.logout()
        #expect(await witness.closed() == [nil])
        #expect(try await peer.problems() == [])
    }

    @Test("what is said between DONE and its answer is no answer to the command that was sent with it")
    func idleEnding() async throws {
        let peer = try ScriptedPeer(
            login
                + "C: A3 IDLE\nS: + idling\nS: * 7 EXISTS\nC: DONE\nC: A4 NOOP\nS: * 8 EXISTS\nS: A3 OK\nS: * 9 EXISTS\nS: A4 OK"
        )
        let witness = Witness()
        let connection = try await open(configuration(peer), witness)
        connection.startIdle()
        #expect(await witness.unsolicited(1) == [.exists(7)])
        let taken = Mutex<[UInt32]>([])
        let status = try await connection.perform(.noop) { incoming in
            guard case .exists(let count) = incoming.response else { return .passed }
            taken.withLock { $0.append(count) }
            return .taken
        }
        #expect(status.kind == .ok && taken.withLock { $0 } == [9])
        #expect(await witness.unsolicited(2) == [.exists(7), .exists(8)])
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("the last reference takes the connection with it")
    func dropped() async throws {
        let peer = try ScriptedPeer(login)
        let witness = Witness()
        do { _ = try await open(configuration(peer), witness) }
        _ = await witness.closed()
        #expect(try await peer.problems() == [])
    }

    @Test(
        "what would change the reading of the wire is refused here",
        arguments: [
            Command.startTLS, .idle, .compressDeflate, .login(user: [], password: Secret([])),
            .authenticate(mechanism: "PLAIN", initial: nil),
        ])
    func own(command: Command) async throws {
        let peer = try ScriptedPeer(login + "C: A3 NOOP\nS: A3 OK")
        let connection = try await open(configuration(peer))
        await #expect(throws: EncodingError.self) { try await connection.perform(command) }
        #expect(try await connection.perform(.noop).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("commands are written for what the server can do now")
    func literalPlus() async throws {
        let peer = try ScriptedPeer(
            login + "C: A3 NOOP\nS: * CAPABILITY IMAP4rev1 LITERAL+\nS: A3 OK\nC: A4 DELETE {3+}\nC: a\u{e9}\nS: A4 OK")
        let connection = try await open(configuration(peer))
        _ = try await connection.perform(.noop)
        #expect(try await connection.perform(.delete(bytes("a\u{e9}"))).kind == .ok)
        connection.close()
        #expect(try await peer.problems() == [])
    }

    @Test("capabilities told later count")
    func capabilities() async throws {
        let peer = try ScriptedPeer(
            login + "C: A3 NOOP\nS: * CAPABILITY IMAP4rev1 MOVE\nS: * ENABLED CONDSTORE\nS: A3 OK")
        let connection = try await open(configuration(peer))
        _ = try await connection.perform(.noop)
        #expect(connection.capabilities.has(.move) && connection.enabled == ["CONDSTORE"])
        connection.close()
    }
}
