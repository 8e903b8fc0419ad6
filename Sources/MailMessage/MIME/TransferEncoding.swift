/// Content-Transfer-Encoding (RFC 2045 section 6).
public enum TransferEncoding: Hashable, Sendable {
    /// 7bit, 8bit, binary, and whatever nobody knows.
    case identity
    case quotedPrintable
    case base64
    /// Not of the RFC.
    case uuencode

    /// - Parameter field: the body of the field; what stands behind the word is not looked at.
    init(_ field: [UInt8]?) {
        let word = (field ?? []).prefix { !isBlank($0) && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(") }
        switch String(decoding: word, as: UTF8.self).lowercased() {
        case "quoted-printable": self = .quotedPrintable
        case "base64": self = .base64
        case "x-uuencode", "uuencode", "x-uue", "uue": self = .uuencode
        default: self = .identity
        }
    }

    func decode(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .identity: Array(octets)
        case .quotedPrintable: QuotedPrintable.decode(octets)
        case .base64: Base64.decodeBody(octets)
        case .uuencode: UUEncoding.decode(octets)
        }
    }
}
