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
        var parser = AddressParser(raw)
        while let mailbox = parser.next() {
            for candidate in [mailbox.display, mailbox.comment, mailbox.address] {
                let text = HeaderText.decode(candidate)
                if !text.isEmpty { return text }
            }
        }
        return nil
    }

    /// The address of the first mailbox that has one, without route, comments and angle brackets.
    public static func firstAddress(_ raw: [UInt8]) -> String? {
        var parser = AddressParser(raw)
        while let mailbox = parser.next() {
            let text = HeaderText.decode(mailbox.address)
            if !text.isEmpty { return text }
        }
        return nil
    }
}
