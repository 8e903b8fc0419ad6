public import IMAPCodec

/// Opens a session: greeting, STARTTLS, login (RFC 3501 sections 3 and 6.2), and finds what is to be settled once afterwards.
///
/// ```
/// S: * OK ready                  C: A1 STARTTLS        S: A1 OK       TLS; what was learnt before is forgotten
/// C: A2 CAPABILITY   S: …        C: A3 AUTHENTICATE …  S: A3 OK [CAPABILITY …]
/// C: A4 COMPRESS DEFLATE         S: A4 OK              opened; to be settled: CAPABILITY, ID, ENABLE
/// ```
/// What the OK of the login tells of capabilities is enough to go on with, not to be left at: a proxy may have made it up. Where
/// nothing is told, CAPABILITY is asked and waited for first.
/// Events are method calls; what they return is to be done in order.
public struct SessionOpening: Sendable {
    public enum Security: Sendable, Hashable {
        /// TLS stands before the greeting.
        case implicit
        case startTLS
        /// The caller has made sure that the peer is on this machine.
        case none
    }

    public struct Parameters: Sendable {
        public var security: Security
        public var user: [UInt8]
        public var host: String
        public var port: UInt16
        /// Whether to ask for COMPRESS=DEFLATE where it is offered.
        public var compress: Bool
        /// What ID tells the server; empty: ID is not asked.
        public var clientID: [IDField]
        /// See `SASLExchange.Identity`.
        public var nonce: [UInt8]
        public var functions: SCRAM.Functions

        public init(
            security: Security, user: [UInt8], host: String, port: UInt16, compress: Bool = false,
            clientID: [IDField] = [], nonce: [UInt8], functions: SCRAM.Functions
        ) {
            self.security = security
            self.user = user
            self.host = host
            self.port = port
            self.compress = compress
            self.clientID = clientID
            self.nonce = nonce
            self.functions = functions
        }
    }

    public enum Action: Sendable, Hashable {
        /// `log` is the same for people, without secrets.
        case send(Secret, log: String)
        /// No octet may be left over from before; then `tlsEstablished`.
        case startTLS
        /// Then `credentialsProvided`.
        case askCredentials
        /// PBKDF2 with HMAC-SHA-256, 32 octets, off the event loop; then `keyDerived`.
        case deriveKey(password: Secret, salt: [UInt8], iterations: Int)
        /// From the next octet on, both ways, everything is DEFLATE.
        case startCompression
        /// Done; commands may follow, those of `settling` first.
        case opened(OpenedSession)
        /// Done; the connection is to be closed.
        case fail(OpeningFailure)
    }

    enum State: Sendable {
        /// → capability, startingTLS, credentials, closed
        case greeting
        /// → tls, closed
        case startingTLS(tag: String)
        /// → capability, closed
        case tls
        /// Before login. → credentials, closed
        case capability(tag: String)
        /// → login, closed
        case credentials
        /// → afterLogin, compressing, opened, login (another mechanism), closed
        case login(LoginAttempt)
        /// → compressing, opened, closed
        case afterLogin(tag: String)
        /// → opened, closed
        case compressing(tag: String)
        case opened
        case closed
    }

    let parameters: Parameters
    var tags = TagSequence()
    var state = State.greeting
    var session = OpenedSession()
    /// Whether the server has told its capabilities since they were last forgotten.
    var knowsCapabilities = false
    /// What it told of them behind the last word of a login.
    var toldAtLogin: Capabilities?
    var isEncrypted: Bool
    /// The tag whose command was produced since `readBegan`: what was read by then cannot answer it.
    var unanswerable: Set<String> = []
    /// Responses so far that moved nothing on.
    var idleTalk = 0

    /// Most of them.
    static let mostIdleTalk = 1_000
    /// Most challenges of one login.
    static let mostChallenges = 16

    public init(_ parameters: Parameters) {
        self.parameters = parameters
        isEncrypted = parameters.security == .implicit
    }

    /// The tags that follow those used here.
    public var followingTags: TagSequence { tags }

    /// Whether the server owes us something; otherwise its silence means nothing.
    public var isAnswerDue: Bool {
        switch state {
        case .greeting, .startingTLS, .tls, .capability, .afterLogin, .compressing: true
        case .login(let attempt): !attempt.isWaitingForKey
        case .credentials, .opened, .closed: false
        }
    }

    /// Whether the next tagged answer may change how all further octets are to be read: then octets are fed one by one.
    public var mayTransportChange: Bool {
        switch state {
        case .startingTLS, .compressing: true
        case .greeting, .tls, .capability, .credentials, .login, .afterLogin, .opened, .closed: false
        }
    }

    /// Whether lines that come now may contain what a log must not show.
    public var isConfidential: Bool {
        if case .login = state { true } else { false }
    }

    /// Octets of a new read follow.
    public mutating func readBegan() {
        unanswerable = []
    }

    /// TLS stands and the certificate was verified. All that came before is void (RFC 3501 section 6.2.1).
    public mutating func tlsEstablished() -> [Action] {
        guard case .tls = state else { return fail(.violation("TLS at the wrong moment")) }
        isEncrypted = true
        session = OpenedSession()
        knowsCapabilities = false
        return askCapabilities()
    }

    /// A response could not be read: it costs itself, and where it was the answer that everything waits for, the
    /// session.
    public mutating func unreadableReceived(_ frame: some Collection<UInt8>) -> [Action] {
        if let failure = bounded() { return failure }
        switch state {
        case .greeting: return fail(.violation("what came is no IMAP greeting"))
        case .closed, .opened, .tls, .credentials: return []
        case .startingTLS(let tag), .capability(let tag), .afterLogin(let tag), .compressing(let tag):
            return frame.starts(with: Array((tag + " ").utf8)) ? failUnreadable() : []
        case .login(let attempt):
            let isAnswer = frame.starts(with: Array((attempt.tag + " ").utf8)) || frame.first == UInt8(ascii: "+")
            return isAnswer ? failUnreadable() : []
        }
    }

    public mutating func responseReceived(_ response: Response) -> [Action] {
        switch response {
        case .untagged(let untagged): bounded() ?? untaggedReceived(untagged)
        case .continuation(let text): continuationReceived(text)
        case .tagged(let tag, let status): taggedReceived(String(decoding: tag, as: UTF8.self), status)
        }
    }

    /// Untagged data moves nothing on: nil as long as there is not too much of it.
    private mutating func bounded() -> [Action]? {
        idleTalk += 1
        return idleTalk > Self.mostIdleTalk ? fail(.violation("the server does not come to the point")) : nil
    }

    mutating func fail(_ failure: OpeningFailure) -> [Action] {
        if case .closed = state { return [] }
        state = .closed
        return [.fail(failure)]
    }

    private mutating func failUnreadable() -> [Action] {
        fail(.violation("the server's answer cannot be read"))
    }

    /// A command of fixed words, as an action.
    mutating func command(_ command: Command) -> (tag: String, action: Action)? {
        let tag = tags.next()
        let encoder = CommandEncoder(capabilities: session.capabilities, utf8Accepted: false)
        guard let encoded = try? encoder.encode(command, tag: tag), encoded.parts.count == 1,
            case .bytes(let bytes) = encoded.parts[0]
        else { return nil }
        unanswerable.insert(tag)
        return (tag, .send(Secret(bytes), log: encoded.description))
    }
}
