/// Kinds of octets in the grammar (RFC 3501 section 9).

@inline(__always)
func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

/// Upper case of an ASCII letter, everything else as it is.
@inline(__always)
func upper(_ octet: UInt8) -> UInt8 { octet &- 0x61 < 26 ? octet &- 0x20 : octet }

/// Ends a word: blank, parentheses, quote, CR, LF. Everything else is accepted inside one, 8-bit octets and brackets too.
@inline(__always)
func isWordEnd(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x20, 0x28, 0x29, 0x22, 0x0D, 0x0A: true
    default: false
    }
}

///     ATOM-CHAR = <any CHAR except atom-specials>
///     atom-specials = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials / resp-specials
func isAtomCharacter(_ octet: UInt8) -> Bool {
    guard octet > 0x20, octet < 0x7F else { return false }
    switch octet {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "*"),
        UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "]"):
        return false
    default:
        return true
    }
}
