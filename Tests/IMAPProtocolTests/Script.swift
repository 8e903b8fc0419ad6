import Digest
import IMAPCodec
import IMAPProtocol
import Testing

/// One line of the server as a response; what cannot be read is nil.
func response(_ line: String) throws -> Response {
    try Array(line.utf8).withUnsafeBytes { try ResponseParser().parse(Frame(bytes: $0)) }
}

let functions = SCRAM.Functions(
    sha256: { SHA256.hash($0) }, hmac: { HMACSHA256.authenticate($0, key: $1) })

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ secret: Secret) -> String { String(decoding: secret.reveal(), as: UTF8.self) }

/// Plays a dialogue with a session opening: `S:` lines are fed, what it sends must be the `C:` lines that follow.
///
/// Other actions stand as `!` lines: `!starttls`, `!credentials`, `!key`, `!compress`, `!opened` with a
/// `!settle COMMAND` for each that is to be sent first, `!fail KIND`. After `!credentials` and `!key`
/// the answers are given by the player.
struct OpeningPlayer {
    var opening: SessionOpening
    var secret = Secret(bytes("wonderland"))
    var kind = CredentialKind.password
    private(set) var session: OpenedSession?
    private(set) var failure: OpeningFailure?
    /// What was done and not yet compared.
    private var produced: [String] = []

    init(
        security: SessionOpening.Security = .implicit, compress: Bool = false, user: String = "alice",
        nonce: String = "rOprNGfwEbeRWgbNEkqO"
    ) {
        opening = SessionOpening(
            .init(
                security: security, user: bytes(user), host: "imap.example.org", port: 993, compress: compress,
                clientID: [IDField("name", "mailmount")], nonce: bytes(nonce), functions: functions))
    }

    mutating func play(_ script: String) throws {
        for line in script.split(separator: "\n").map(String.init) {
            if line.hasPrefix("S: ") {
                #expect(produced == [], "unexpected before \(line)")
                opening.readBegan()
                produced = record(opening.responseReceived(try response(String(line.dropFirst(3)))))
            } else {
                let next = produced.isEmpty ? "(nothing)" : produced.removeFirst()
                #expect(next == line)
                if line == "!starttls" { produced += record(opening.tlsEstablished()) }
                if line == "!credentials" { produced += record(opening.credentialsProvided(secret, kind: kind)) }
            }
        }
        #expect(produced == [])
    }

    /// Feeds one line without comparing what follows.
    mutating func feed(_ line: String) throws {
        opening.readBegan()
        produced += record(opening.responseReceived(try response(line)))
    }

    mutating func record(_ actions: [SessionOpening.Action]) -> [String] {
        actions.flatMap { action -> [String] in
            switch action {
            case .send(let secret, _):
                return text(secret).split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
                    .map { "C: \($0)" }
            case .startTLS: return ["!starttls"]
            case .askCredentials: return ["!credentials"]
            case .deriveKey(let password, let salt, let iterations):
                let key = PBKDF2.deriveKey(password: password.reveal(), salt: salt, iterations: iterations)
                return ["!key"] + record(opening.keyDerived(key.map { Secret($0) }))
            case .startCompression: return ["!compress"]
            case .opened(let session):
                self.session = session
                return ["!opened"] + session.settling.map { "!settle \($0)" }
            case .fail(let failure):
                self.failure = failure
                return ["!fail \(name(of: failure))"]
            }
        }
    }
}

func name(of failure: OpeningFailure) -> String {
    switch failure {
    case .violation: "violation"
    case .refused: "refused"
    case .impossible: "impossible"
    case .ended: "ended"
    case .throttled(let seconds, _): "throttled" + (seconds.map { " \($0)" } ?? "")
    }
}
