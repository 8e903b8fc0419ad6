internal import IMAPCodec

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677): the password never travels, and the server proves that it
/// knows it, too.
///
/// ```
/// C: n,,n=user,r=rOprNGfwEbeRWgbNEkqO
/// S: r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096
/// C: c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=
/// S: v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=
/// ```
/// Names and passwords go as they are, without SASLprep.
public struct SCRAM: Sendable {
    /// The digests, given from outside: this target has no cryptography.
    public struct Functions: Sendable {
        public var sha256: @Sendable (_ bytes: [UInt8]) -> [UInt8]
        public var hmac: @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8]

        public init(
            sha256: @escaping @Sendable ([UInt8]) -> [UInt8], hmac: @escaping @Sendable ([UInt8], [UInt8]) -> [UInt8]
        ) {
            self.sha256 = sha256
            self.hmac = hmac
        }
    }

    public enum Reply: Sendable, Hashable {
        case respond([UInt8])
        /// PBKDF2 of the password with these; `keyDerived` goes on. `iterations` is 1 to 1,000,000.
        case deriveKey(salt: [UInt8], iterations: Int)
        case fail(reason: String)
    }

    private enum State: Sendable {
        /// → awaitingKey, failed
        case awaitingServerFirst
        /// → awaitingServerFinal
        case awaitingKey(nonce: [UInt8], serverFirst: [UInt8])
        /// → verified, failed
        case awaitingServerFinal(signature: [UInt8])
        case verified
        case failed
    }

    /// More than any server has reason to ask for; each costs us half a microsecond.
    public static let mostIterations = 1_000_000

    private let bareFirst: [UInt8]
    private let nonce: [UInt8]
    private let functions: Functions
    private var state = State.awaitingServerFirst

    /// `nonce`: at least 18 random octets as printable characters without comma (base64).
    public init(user: [UInt8], nonce: [UInt8], functions: Functions) {
        self.nonce = nonce
        self.functions = functions
        bareFirst = Array("n=".utf8) + SCRAM.escape(user) + Array(",r=".utf8) + nonce
    }

    /// client-first-message, without channel binding.
    public var clientFirst: [UInt8] { Array("n,,".utf8) + bareFirst }

    /// Whether the server has proved that it knows the password: without that a login must not count.
    public var isServerVerified: Bool {
        if case .verified = state { true } else { false }
    }

    /// Takes a message of the server.
    public mutating func messageReceived(_ message: [UInt8]) -> Reply {
        switch state {
        case .awaitingServerFirst: serverFirstReceived(message)
        case .awaitingServerFinal(let signature): serverFinalReceived(message, signature: signature)
        case .awaitingKey, .verified, .failed: fail("a message too many")
        }
    }

    /// Takes SaltedPassword (RFC 5802 section 3), which `deriveKey` asked for.
    public mutating func keyDerived(_ salted: [UInt8]) -> Reply {
        guard case .awaitingKey(let nonce, let serverFirst) = state else { return fail("a key too many") }
        let clientKey = functions.hmac(Array("Client Key".utf8), salted)
        let serverKey = functions.hmac(Array("Server Key".utf8), salted)
        let bareFinal = Array("c=biws,r=".utf8) + nonce
        let comma = [UInt8(ascii: ",")]
        let authMessage = bareFirst + comma + serverFirst + comma + bareFinal
        let clientSignature = functions.hmac(authMessage, functions.sha256(clientKey))
        let proof = zip(clientKey, clientSignature).map { $0 ^ $1 }
        state = .awaitingServerFinal(signature: functions.hmac(authMessage, serverKey))
        return .respond(bareFinal + Array(",p=".utf8) + Base64.encode(proof))
    }

    /// server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count ["," extensions]
    private mutating func serverFirstReceived(_ message: [UInt8]) -> Reply {
        let attributes = SCRAM.attributes(of: message)
        guard attributes.count >= 3, attributes[0].name == UInt8(ascii: "r"), attributes[1].name == UInt8(ascii: "s"),
            attributes[2].name == UInt8(ascii: "i"), let salt = Base64.decode(attributes[1].value), !salt.isEmpty
        else { return fail("the server's first message is not SCRAM") }
        let full = attributes[0].value
        guard full.count > nonce.count, full.starts(with: nonce) else {
            return fail("the server did not take up our nonce")
        }
        guard let iterations = Int(String(decoding: attributes[2].value, as: UTF8.self)), iterations > 0,
            iterations <= SCRAM.mostIterations
        else {
            return fail("the server asks for a number of iterations outside 1...\(SCRAM.mostIterations)")
        }
        state = .awaitingKey(nonce: full, serverFirst: message)
        return .deriveKey(salt: salt, iterations: iterations)
    }

    /// server-final-message = (server-error / verifier) ["," extensions]
    private mutating func serverFinalReceived(_ message: [UInt8], signature: [UInt8]) -> Reply {
        guard let first = SCRAM.attributes(of: message).first else {
            return fail("the server's final message is not SCRAM")
        }
        if first.name == UInt8(ascii: "e") {
            return fail("the server refused our proof: \(String(decoding: first.value.prefix(100), as: UTF8.self))")
        }
        guard first.name == UInt8(ascii: "v"), let claimed = Base64.decode(first.value),
            claimed.count == signature.count,
            zip(claimed, signature).reduce(0 as UInt8, { $0 | ($1.0 ^ $1.1) }) == 0
        else { return fail("the server could not prove that it knows the password") }
        state = .verified
        return .respond([])
    }

    private mutating func fail(_ reason: String) -> Reply {
        state = .failed
        return .fail(reason: reason)
    }

    /// attr-val = ALPHA "=" value
    private static func attributes(of message: [UInt8]) -> [(name: UInt8, value: [UInt8])] {
        var result: [(name: UInt8, value: [UInt8])] = []
        for part in message.split(separator: UInt8(ascii: ","), maxSplits: 16, omittingEmptySubsequences: false) {
            guard let name = part.first, part.dropFirst().first == UInt8(ascii: "=") else { break }
            result.append((name, Array(part.dropFirst(2))))
        }
        return result
    }

    /// saslname: "," and "=" are escaped, in GS2 headers as well.
    static func escape(_ name: [UInt8]) -> [UInt8] {
        name.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: ","): Array("=2C".utf8)
            case UInt8(ascii: "="): Array("=3D".utf8)
            default: [byte]
            }
        }
    }
}
