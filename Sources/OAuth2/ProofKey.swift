internal import IMAPCodec

/// Proof key for code exchange (RFC 7636): shows that whoever redeems a code is whoever asked for it.
public struct ProofKey: Sendable {
    /// 43 characters for 32 octets of randomness (section 4.1).
    public let verifier: String
    /// `BASE64URL(SHA256(verifier))` (section 4.2).
    public let challenge: String

    /// - Parameters:
    ///   - random: 32 octets or more that nobody can guess.
    ///   - sha256: of octets.
    public init(random: [UInt8], sha256: ([UInt8]) -> [UInt8]) {
        verifier = Base64URL.encode(random)
        challenge = Base64URL.encode(sha256(Array(verifier.utf8)))
    }
}

/// Base64 for URLs, without padding (RFC 4648 section 5).
public enum Base64URL {
    /// The text has letters, digits, `-` and `_` only.
    public static func encode(_ bytes: [UInt8]) -> String {
        let text = Base64.encode(bytes).compactMap { octet -> UInt8? in
            switch octet {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: octet
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
