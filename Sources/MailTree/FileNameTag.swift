public import MailModel

/// The six characters of a file name that come from the message's identity: `k7f3qa`.
///
/// The same for the same message in every folder and on every machine. 30 bits: two messages may share one.
public struct MessageTag: Hashable, Sendable, CustomStringConvertible {
    private let bits: UInt32

    /// The first 30 bits of the identity, which is a digest.
    public init(_ identity: MessageIdentity) {
        bits = UInt32(truncatingIfNeeded: identity.high >> 34)
    }

    /// Always six characters, of digits and lower-case letters without `i`, `l`, `o` and `u`.
    public var description: String { String(decoding: octets, as: UTF8.self) }

    /// The characters in US-ASCII.
    public var octets: [UInt8] {
        var octets: [UInt8] = []
        append(to: &octets)
        return octets
    }

    func append(to octets: inout [UInt8]) {
        var shift: UInt32 = 30
        while shift > 0 {
            shift -= 5
            octets.append(Self.character(UInt8(truncatingIfNeeded: bits >> shift) & 31))
        }
    }

    /// Of 0 to 31.
    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0...9: UInt8(ascii: "0") &+ value
        case 10...17: UInt8(ascii: "a") &+ (value &- 10)
        case 18, 19: UInt8(ascii: "j") &+ (value &- 18)
        case 20, 21: UInt8(ascii: "m") &+ (value &- 20)
        case 22...26: UInt8(ascii: "p") &+ (value &- 22)
        default: UInt8(ascii: "v") &+ (value &- 27)
        }
    }
}
