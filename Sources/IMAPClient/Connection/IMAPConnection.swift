public import IMAPCodec
internal import Digest
internal import IMAPProtocol
internal import NIOCore
internal import Synchronization

/// One session with an IMAP server, from connecting to its end. Any thread may call it.
///
/// ```
/// let connection = try await IMAPConnection.open(configuration, unsolicited: { _ in }, closed: { _ in })
/// let answer = try await connection.perform(.noop)
/// ```
/// The connection ends when the last reference to it is gone.
public final class IMAPConnection: Sendable {
    /// Tells it from every other connection of this process.
    public let number = IMAPConnection.numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<Int>(0)

    private let eventLoop: any EventLoop
    private let channel: any Channel
    private let driver: NIOLoopBound<ConnectionDriver>
    private let facts: SessionFacts
    private let inbox: Inbox
    private let settling: OnceResult<Void>

    private init(
        channel: any Channel, driver: NIOLoopBound<ConnectionDriver>, facts: SessionFacts, inbox: Inbox,
        settling: OnceResult<Void>
    ) {
        eventLoop = channel.eventLoop
        self.channel = channel
        self.driver = driver
        self.facts = facts
        self.inbox = inbox
        self.settling = settling
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Connects, sets up TLS, logs in, and compresses where configured and offered. Then the capabilities are asked for, ID is
    /// said, QRESYNC or CONDSTORE and UTF8=ACCEPT are enabled where offered: commands may follow at once, `settled` waits for the
    /// answers.
    ///
    /// `unsolicited` gets every untagged response that no running command took, in order. `closed` is called once when
    /// the session has ended after it was
    /// opened: nil where this side ended it. Both are called on the connection's event loop and must not block.
    /// Throws `IMAPClientError`, what the credentials' source throws, or `CancellationError`.
    public static func open(
        _ configuration: ClientConfiguration, unsolicited: @escaping @Sendable (Incoming) -> Void,
        closed: @escaping @Sendable (IMAPClientError?) -> Void
    ) async throws -> IMAPConnection {
        let context =
            configuration.endpoint.security == .none ? nil : try TLSContext.recent(caFile: configuration.caFile)
        guard let nonce = RandomBytes.make(24) else { throw IMAPClientError.unreachable("no random octets to be had") }
        let channel = try await Connector.connect(to: configuration.endpoint, timeout: configuration.timeout)
        let facts = SessionFacts()
        let inbox = Inbox()
        let opened = OnceResult<Void>()
        let settled = OnceResult<Void>()
        let driver: NIOLoopBound<ConnectionDriver>
        do {
            driver = try await channel.eventLoop.submit {
                let driver = ConnectionDriver(
                    configuration: configuration, tlsContext: context, nonce: Base64.encode(nonce),
                    eventLoop: channel.eventLoop, facts: facts, inbox: inbox, opened: opened, settled: settled,
                    unsolicited: unsolicited, closed: closed)
                try channel.pipeline.syncOperations.addHandler(driver)
                return NIOLoopBound(driver, eventLoop: channel.eventLoop)
            }.get()
        } catch {
            channel.close(promise: nil)
            throw IMAPClientError.unreachable(
                "\(configuration.endpoint.host):\(configuration.endpoint.port): \(Connector.text(error))")
        }
        // Where this fails the channel has ended, which the driver has told or will tell.
        channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
        let connection = IMAPConnection(
            channel: channel, driver: driver, facts: facts, inbox: inbox, settling: settled)
        try await withTaskCancellationHandler {
            do {
                try await opened.value()
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
        return connection
    }

    /// Returns when the server has answered what a session begins with, or the connection is closed: then `capabilities`, `enabled`
    /// and `serverID` are what it said for certain.
    public func settled() async {
        try? await settling.value()
    }

    /// As told after login, and by CAPABILITY commands and responses since.
    public var capabilities: Capabilities { facts.read(\.capabilities) }
    /// Names from the ENABLED answers, in upper case; see `settled`.
    public var enabled: Set<String> { facts.read(\.enabled) }
    /// What the server says of itself (RFC 2971), names in lower case; empty where it says nothing.
    public var serverID: [String: String] { facts.read(\.serverID) }
    public var isClosed: Bool { facts.read(\.isClosed) }

    /// Writes the command now, or as soon as the commands before it allow, in the order of calls.
    ///
    /// `receive` sees each untagged response while the command runs, in order, on the event loop, and says whether it
    /// took it; the oldest running command
    /// is asked first. LOGIN, AUTHENTICATE, STARTTLS, COMPRESS, ENABLE and IDLE are the connection's own business and refused.
    /// `literals` is asked for a place for each literal that is streamed. `contents`: the messages of an APPEND, one
    /// for each.
    public func submit(
        _ command: Command, contents: [AppendSource] = [], literals: (any LiteralReceiver)? = nil,
        receive: @escaping @Sendable (Incoming) -> Taken = { _ in .passed }
    ) -> RunningCommand {
        let result = OnceResult<StatusResponse>()
        send(
            .submit(
                Inbox.Submission(
                    command: command, literals: literals, receive: receive, contents: contents, result: result)))
        return RunningCommand(result: result, connection: self)
    }

    /// `submit`, then its outcome: the tagged response whatever its kind. Throws as `RunningCommand.outcome`.
    public func perform(
        _ command: Command, contents: [AppendSource] = [], literals: (any LiteralReceiver)? = nil,
        receive: @escaping @Sendable (Incoming) -> Taken = { _ in .passed }
    ) async throws -> StatusResponse {
        try await submit(command, contents: contents, literals: literals, receive: receive).outcome()
    }

    /// IDLE whenever no command runs, until `stopIdle`; pushes arrive in `unsolicited`. Said anew every 4 minutes.
    /// Without effect where the server
    /// does not offer or refuses it.
    public func startIdle() {
        send(.startIdle)
    }

    /// Returns when the server has ended IDLE, or the connection is closed.
    public func stopIdle() async {
        let ended = OnceResult<Void>()
        send(.stopIdle(ended))
        try? await ended.value()
    }

    /// Says LOGOUT and closes, once the server has answered, closed or fallen silent.
    public func logout() async {
        _ = try? await perform(.logout)
        close()
    }

    /// Closes at once; running commands fail with `disconnected`.
    public func close() {
        send(.close)
    }

    private func send(_ request: Inbox.Request) {
        guard inbox.add(request) else { return }
        let driver = driver
        eventLoop.execute { driver.value.drainInbox() }
    }
}
