import IMAPClient
import IMAPCodec
import InMemoryIMAP
import Logging
import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

/// Gives one password after the other, the last again and again.
private final class Passwords: CredentialSource {
    let renewal: CredentialRenewal
    let remedy = "write it down"
    private let state: Mutex<(left: [String], asked: [LoginRefusal?], version: CredentialVersion)>

    init(_ renewal: CredentialRenewal, _ passwords: String...) {
        self.renewal = renewal
        state = Mutex((passwords, [], CredentialVersion("1")))
    }

    func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
        let password = state.withLock { state in
            state.asked.append(refusal)
            return state.left.count > 1 ? state.left.removeFirst() : state.left.first ?? ""
        }
        return .password(octets: Array(password.utf8))
    }

    var version: CredentialVersion? { state.withLock { $0.version } }
    var asked: [LoginRefusal?] { state.withLock { $0.asked } }
    func change() { state.withLock { $0.version = CredentialVersion("2") } }
}

/// A pool on a server of its own, with a clock that is turned by hand.
private final class Stand: Sendable {
    let rig: Rig
    let manual = ManualClock()
    let pool: ConnectionPool
    private let slept: SleptTime
    private let states: AsyncStream<(ConnectionState, String?)>

    private final class SleptTime: Sendable {
        let time = Mutex(Duration.zero)
    }

    init(_ source: any CredentialSource, connections: Int = 1) throws {
        rig = try Rig(.full)
        var client = rig.configuration().client
        client.credentials = source
        let (states, told) = AsyncStream<(ConnectionState, String?)>.makeStream()
        let (turned, slept) = (manual.clock, SleptTime())
        self.states = states
        self.slept = slept
        pool = ConnectionPool(
            configuration: client, connections: connections,
            clock: ServiceClock(
                now: { turned.now }, sleep: { try await turned.sleep(until: $0) },
                slept: { slept.time.withLock { $0 } }),
            logger: client.logger,
            events: ConnectionPool.Events(
                folderMoved: { _ in }, foldersLeft: { _ in }, stateChanged: { told.yield(($0, $1)) },
                watching: { _, _ in }, heard: { _ in }))
    }

    /// The next state that is told, and its reason.
    func next() async -> (ConnectionState, String)? {
        for await (state, reason) in states { return (state, reason ?? "") }
        return nil
    }

    /// Time passes; the pool has noticed when this returns.
    func pass(_ time: Duration, asleep: Bool = false) async {
        await manual.waitForSleeper()
        if asleep { slept.time.withLock { $0 += time } }
        manual.advance(by: time)
        await manual.waitForSleeper()
    }

    var logins: Int { rig.server.observation.count("AUTHENTICATE") + rig.server.observation.count("LOGIN") }
}

/// What the pool's driver does; what it decides is tested in MailPool.
@Suite(.serialized) struct ConnectionPoolTests {
    @Test("credentials that may be others are asked for again within seconds, told what the server said")
    func renewedToken() async throws {
        let source = Passwords(.renewable, "expired", "wonderland")
        let stand = try Stand(source)
        await stand.pool.start()
        let (state, reason) = try #require(await stand.next())
        #expect(state == .refused && reason.contains("login refused: ") && reason.contains("write it down"))
        await stand.pass(.seconds(10))
        #expect(await stand.next()?.0 == .online)
        #expect(source.asked.map { $0?.count } == [nil, 1])
        await stand.pool.stop()
    }

    @Test("a fixed password is tried again after an hour, not before")
    func hour() async throws {
        let stand = try Stand(Passwords(.fixed, "wrong", "wonderland"))
        await stand.pool.start()
        #expect(await stand.next()?.0 == .refused)
        await stand.pass(.seconds(3_590))
        #expect(await stand.pool.pause != nil && stand.logins == 1)
        await stand.pass(.seconds(1_000))
        #expect(await stand.next()?.0 == .online)
        #expect(stand.logins == 2)
        await stand.pool.stop()
    }

    @Test("a password that was changed is tried at once, and so it is when somebody asks")
    func changed() async throws {
        let source = Passwords(.fixed, "wrong", "wronger", "wonderland")
        let stand = try Stand(source)
        await stand.pool.start()
        #expect(await stand.next()?.0 == .refused)
        source.change()
        await stand.pass(.seconds(6))
        try await stand.rig.server.wait(for: "a second login") { $0.count("AUTHENTICATE") == 2 }
        while await stand.pool.pause == nil { await Task.yield() }
        await stand.pass(.seconds(6))
        #expect(await stand.pool.pause != nil && source.asked.count == 2)
        await stand.pool.reconnect()
        #expect(await stand.next()?.0 == .online)
        await stand.pool.stop()
    }

    @Test("after an hour without a server nothing of the pauses is left when the machine wakes up")
    func sleep() async throws {
        let stand = try Stand(Passwords(.fixed, "wonderland"))
        await stand.pool.start()
        #expect(await stand.next()?.0 == .online)
        // The connection looks as alive as ever.
        await stand.pass(.seconds(3_600), asleep: true)
        try await stand.rig.server.wait(for: "a new connection") { $0.accepted == 2 && $0.open == 1 }
        // A pause without sleep is none.
        await stand.pass(.seconds(3_600))
        #expect(stand.rig.server.observation.accepted == 2)
        await stand.pool.stop()
    }

    @Test("a cancelled call leaves nothing behind")
    func cancelled() async throws {
        let stand = try Stand(Passwords(.fixed, "wonderland"), connections: 2)
        await stand.pool.start()
        let first = try await stand.pool.lease(.reading, folder: nil)
        let second = Task { try await stand.pool.lease(.reading, folder: nil).isUsed }
        while await stand.pool.waitingCount == 0 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(await stand.pool.waitingCount == 0)
        await stand.pool.release(first, selected: nil)
        let third = try await stand.pool.lease(.reading, folder: nil)
        #expect(third.number == first.number && third.isUsed)
        await stand.pool.release(third, selected: nil)
        await stand.pool.stop()
    }

    @Test("who waits for the outcome of an attempt and is cancelled leaves nothing behind")
    func cancelledAttempt() async throws {
        let stand = try Stand(Passwords(.fixed, "wrong", "wonderland"))
        await stand.pool.start()
        #expect(await stand.next()?.0 == .refused)
        let rule = stand.rig.server.install(Misbehaviour(on: "AUTHENTICATE", .stall))
        let call = Task { await stand.pool.reconnect() }
        while await stand.pool.outcomeWaiterCount == 0 { await Task.yield() }
        call.cancel()
        await call.value
        #expect(await stand.pool.outcomeWaiterCount == 0)
        stand.rig.server.remove(rule)
        stand.rig.server.release(rule)
        #expect(await stand.next()?.0 == .online)
        await stand.pool.stop()
    }
}
