import IMAPClient
import IMAPCodec
import Logging
import Synchronization

/// What a connection told its owner.
final class Witness: Sendable {
    struct State {
        var unsolicited: [Untagged] = []
        var closed: [IMAPClientError?] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var closeWaiting: [CheckedContinuation<Void, Never>] = []
    }

    let state = Mutex(State())

    func saw(_ incoming: Incoming) {
        let ready = state.withLock { state in
            state.unsolicited.append(incoming.response)
            let ready = state.waiting.filter { $0.count <= state.unsolicited.count }
            state.waiting.removeAll { $0.count <= state.unsolicited.count }
            return ready
        }
        for (_, continuation) in ready { continuation.resume() }
    }

    func ended(_ error: IMAPClientError?) {
        let ready = state.withLock { state in
            state.closed.append(error)
            defer { state.closeWaiting = [] }
            return state.closeWaiting
        }
        for continuation in ready { continuation.resume() }
    }

    /// Waits until so many responses have been seen.
    func unsolicited(_ count: Int) async -> [Untagged] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.unsolicited.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { $0.unsolicited }
    }

    /// Waits until the connection has told its end.
    func closed() async -> [IMAPClientError?] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.closed.isEmpty { return true }
                state.closeWaiting.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { $0.closed }
    }
}

/// Keeps everything that was logged, as text.
final class LogBook: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])
    let metadataProvider: Logger.MetadataProvider? = nil
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var logger: Logger { Logger(label: "test") { _ in self } }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func configuration(
    _ peer: ScriptedPeer, host: String = "127.0.0.1", security: Endpoint.Security = .none, user: String = "alice",
    credentials: Credentials = .password(octets: bytes("wonderland")), caFile: String? = nil,
    timeout: Duration = .seconds(60), compress: Bool = false, limits: Limits = Limits(), logger: Logger = quiet
) -> ClientConfiguration {
    ClientConfiguration(
        endpoint: Endpoint(host: host, port: peer.port, security: security), user: user,
        credentials: FixedCredentials { credentials }, caFile: caFile, timeout: timeout, compress: compress,
        limits: limits,
        logger: logger)
}

func open(_ configuration: ClientConfiguration, _ witness: Witness = Witness()) async throws -> IMAPConnection {
    try await IMAPConnection.open(
        configuration, unsolicited: { witness.saw($0) }, closed: { witness.ended($0) })
}

/// The case of an error, without its text.
func kind(_ error: any Error) -> String {
    switch error {
    case IMAPClientError.unreachable: "unreachable"
    case IMAPClientError.untrusted: "untrusted"
    case IMAPClientError.protocolViolation: "protocolViolation"
    case IMAPClientError.loginRefused: "loginRefused"
    case IMAPClientError.loginImpossible: "loginImpossible"
    case IMAPClientError.silent: "silent"
    case IMAPClientError.disconnected: "disconnected"
    case IMAPClientError.throttled(let seconds, _): "throttled" + (seconds.map { " \($0)" } ?? "")
    default: "\(error)"
    }
}

/// How an attempt to open ends; "opened" where it succeeds.
func outcome(_ configuration: ClientConfiguration) async -> String {
    do {
        try await open(configuration).close()
        return "opened"
    } catch {
        return kind(error)
    }
}

/// A login with PLAIN; commands begin with A3.
let login = """
    S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready
    C: A1 AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
    S: A1 OK in
    C: A2 CAPABILITY
    S: * CAPABILITY IMAP4rev1 IDLE
    S: A2 OK done

    """
