/// The mailboxes of From, Sender, To (RFC 5322 section 3.4 and the obsolete forms of 4.4), read leniently.
///
/// The structure is parsed before anything is decoded, so that no encoded word can bring in a comma or an address.
public enum AddressList {
    /// What a person calls the first mailbox: its display name decoded, else the comment behind an old-style address,
    /// else the address; nil where the list has no mailbox.
    ///
    /// ```swift
    /// AddressList.firstDisplay(Array("=?utf-8?Q?Bj=C3=B6rk?= <b@example.is>, c@example.org".utf8))    // "Björk"
    /// ```
    public static func firstDisplay(_ raw: [UInt8]) -> String? {
        if let plain = plainDisplay(raw) { return plain }
        var parser = AddressParser(raw)
        while let mailbox = parser.next() {
            for candidate in [mailbox.display, mailbox.comment, mailbox.address] {
                let text = HeaderText.decode(candidate)
                if !text.isEmpty { return text }
            }
        }
        return nil
    }

    /// The addresses of the mailboxes, in their order, without routes, comments and angle brackets.
    ///
    /// An address shows its `@` before anything is decoded: encoded words hold text (RFC 2047 section 5). One without is the single word that
    /// programs of a system write as (`MAILER-DAEMON`, `root`).
    ///
    /// ```swift
    /// AddressList.addresses(Array("Björk <b@example.is>, =?utf-8?Q?c=40example.org?=".utf8), atMost: 10)    // ["b@example.is"]
    /// ```
    public static func addresses(_ raw: [UInt8], atMost limit: Int) -> [String] {
        var addresses: [String] = []
        var parser = AddressParser(raw)
        while addresses.count < limit, let mailbox = parser.next() {
            let address = mailbox.address
            guard hasSign(address) || isLocal(address) else { continue }
            let text = HeaderText.decode(address)
            if !text.isEmpty { addresses.append(text) }
        }
        return addresses
    }

    /// Whether there is an `@` outside of encoded words.
    private static func hasSign(_ address: [UInt8]) -> Bool {
        var scanner = EncodedWord.Scanner(address)
        var index = 0
        while index < address.count {
            if address[index] == UInt8(ascii: "@") { return true }
            index = scanner.word(at: index)?.end ?? index + 1
        }
        return false
    }

    private static func isLocal(_ address: [UInt8]) -> Bool {
        address.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "?") }
    }

    /// The name of a single mailbox in its commonest form, `Alice Example <alice@example.org>`, with or without quotes; nil for all else.
    private static func plainDisplay(_ raw: [UInt8]) -> String? {
        raw.withUnsafeBufferPointer { raw in
            guard let first = raw.first, raw.last == UInt8(ascii: ">"),
                let angle = raw.firstIndex(of: UInt8(ascii: "<"))
            else { return nil }
            for octet in raw[(angle + 1)..<(raw.count - 1)] where !isAddress(octet) { return nil }
            var end = angle
            while end > 0, raw[end - 1] == 0x20 { end -= 1 }
            var start = 0
            if first == UInt8(ascii: "\"") {
                guard end > 2, raw[end - 1] == UInt8(ascii: "\"") else { return nil }
                start = 1
                end -= 1
            }
            var previous: UInt8 = 0x20
            for octet in raw[start..<end] {
                guard isName(octet), octet != 0x20 || previous != 0x20 else { return nil }
                previous = octet
            }
            guard previous != 0x20 else { return nil }
            return String(decoding: UnsafeBufferPointer(rebasing: raw[start..<end]), as: UTF8.self)
        }
    }

    /// What stands for itself between angle brackets.
    private static func isAddress(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "@"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    /// What stands for itself in a name, quoted or not.
    private static func isName(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x20, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "'"):
            true
        default: false
        }
    }
}
