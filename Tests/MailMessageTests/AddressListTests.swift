import Testing

@testable import MailMessage

@Suite("Address lists")
struct AddressListTests {
    static let table: [(raw: String, display: String?, address: String?)] = [
        ("Alice Example <alice@example.org>", "Alice Example", "alice@example.org"),
        ("alice@example.org", "alice@example.org", "alice@example.org"),
        ("<alice@example.org>", "alice@example.org", "alice@example.org"),
        ("  <alice@example.org>, Bob <b@x>", "alice@example.org", "alice@example.org"),
        ("\"Example, Alice\" <alice@example.org>", "Example, Alice", "alice@example.org"),
        ("\"Alice \\\"Al\\\" E.\" <a@x>", "Alice \"Al\" E.", "a@x"),
        ("Alice Q. Example <a@x>", "Alice Q. Example", "a@x"),
        ("alice@example.org (Alice Example)", "Alice Example", "alice@example.org"),
        ("alice@example.org (Alice (at work) Example) (second)", "Alice (at work) Example", "alice@example.org"),
        ("Alice (the first) <a@x>", "Alice", "a@x"),
        ("(who) Alice <a@x>", "Alice", "a@x"),
        ("<a@x> (Alice)", "Alice", "a@x"),
        ("Alice <a (c) @ x . org >", "Alice", "a@x.org"),
        ("Alice <@relay.one,@relay.two:alice@example.org>", "Alice", "alice@example.org"),
        ("Team: Alice <a@x>, Bob <b@x>;", "Alice", "a@x"),
        ("undisclosed-recipients:;", nil, nil),
        ("Nobody:;, Alice <a@x>", "Alice", "a@x"),
        ("ACME: Support <s@x>", "ACME: Support", "s@x"),
        ("", nil, nil),
        (" , ,; ", nil, nil),
        ("<>", nil, nil),
        ("<>, Bob <b@x>", "Bob", "b@x"),
        ("MAILER-DAEMON <>", "MAILER-DAEMON", nil),
        ("MAILER-DAEMON", "MAILER-DAEMON", "MAILER-DAEMON"),
        ("Alice <alice@x", "Alice", "alice@x"),
        ("Alice <alice@x, Bob <b@y>", "Alice", "alice@x"),
        ("Alice <<alice@x>>", "Alice", "alice@x"),
        ("Alice <work> <alice@x>", "Alice work", "alice@x"),
        ("Alice Example alice@x", "Alice Example", "alice@x"),
        ("Alice \"Example <alice@x>", "Alice Example", "alice@x"),
        ("\"john doe\"@example.org", "\"john doe\"@example.org", "\"john doe\"@example.org"),
        ("Bob <\"b, c\"@x>", "Bob", "\"b, c\"@x"),
        ("bob@[IPv6:2001:db8::1]", "bob@[IPv6:2001:db8::1]", "bob@[IPv6:2001:db8::1]"),
        ("a@x (unclosed", "unclosed", "a@x"),
        ("a@x)", "a@x)", "a@x)"),
        ("=?utf-8?Q?Bj=C3=B6rk?= <b@x>", "Björk", "b@x"),
        ("=?utf-8?B?QmrDtnJr?= =?utf-8?Q?_G.?= <b@x>", "Björk G.", "b@x"),
        ("\"=?utf-8?Q?Bj=C3=B6rk?=\" <b@x>", "Björk", "b@x"),
        ("b@x (=?utf-8?Q?Bj=C3=B6rk?=)", "Björk", "b@x"),
        // What a word holds is text: neither a comma nor an address in it counts.
        ("=?utf-8?Q?Doe=2C_John?= <j@x>", "Doe, John", "j@x"),
        ("=?utf-8?Q?Doe,_John?= <j@x>", "Doe, John", "j@x"),
        ("=?utf-8?Q?=3Cboss=40corp=3E=2C?= <evil@x>", "<boss@corp>,", "evil@x"),
        ("=?utf-8?Q?\"Doe\"?= <j@x>", "\"Doe\"", "j@x"),
        ("=?utf-8?Q??= <j@x>", "j@x", "j@x"),
        ("\"\" <j@x>", "j@x", "j@x"),
        ("jürgen@exämple.org", "jürgen@exämple.org", "jürgen@exämple.org"),
        ("Jürgen\r\n <j@x>", "Jürgen", "j@x"),
    ]

    @Test("the commonest form is read at sight as it is read with a blank behind it")
    func plain() {
        let names = [
            "Alice", "Alice Example", "Alice  Example", " Alice", "Alice ", "O'Brien Q. J.-P.", "", " ", "A\tB", "\"",
            "ü",
        ]
        for name in names {
            for raw in [
                "\(name) <a.b+c-d_e@x.org>", "\"\(name)\" <a@x>", "\(name)<a@x>", "\"\(name)\"<>", "\(name) <>",
            ] {
                let octets = Array(raw.utf8)
                #expect(AddressList.firstDisplay(octets) == AddressList.firstDisplay(octets + [0x20]), "\(raw)")
            }
        }
    }

    @Test("name their first mailbox", arguments: table)
    func first(raw: String, display: String?, address: String?) {
        #expect(AddressList.firstDisplay(Array(raw.utf8)) == display)
        #expect(AddressList.addresses(Array(raw.utf8), atMost: 1).first == address)
    }

    @Test(
        "have an address each, as it is written",
        arguments: [
            ("Mina <m@x>, \"Doe, Jo\" <jo@x>; t@x (Tim)", ["m@x", "jo@x", "t@x"]),
            ("Crew: Mina <m@x>, jo@x;, t@x", ["m@x", "jo@x", "t@x"]),
            ("=?utf-8?q?jo=40ex.org?=", []), ("=?utf-8?q?jo=40ex.org?= =?utf-8?q?=3Cjo=40ex.org=3E?=", []),
            ("=?utf-8?q?jo@ex.org?=", []), ("<=?utf-8?b?am9AZXgub3Jn?=>", []),
            ("=?utf-8?q?jo=40ex.org?= <t@x>", ["t@x"]),
            ("=?utf-8?q?jo=40ex.org?=, t@x", ["t@x"]), ("Mina Okafor, t@x", ["t@x"]), ("root", ["root"]),
        ])
    func all(raw: String, addresses: [String]) {
        #expect(AddressList.addresses(Array(raw.utf8), atMost: 10) == addresses)
    }

    @Test("no more than are asked for") func bounded() {
        let raw = Array((1...10_000).map { "a\($0)@x" }.joined(separator: ", ").utf8)
        #expect(AddressList.addresses(raw, atMost: 3) == ["a1@x", "a2@x", "a3@x"])
    }

    @Test("eight-bit names are read as text is")
    func eightBit() {
        #expect(AddressList.firstDisplay([0x4A, 0xFC, 0x72, 0x67, 0x20, 0x3C, 0x6A, 0x40, 0x78, 0x3E]) == "Jürg")
    }

    @Test("a hundred thousand brackets deep")
    func depth() {
        let raw = Array(
            (String(repeating: "(", count: 100_000) + "x" + String(repeating: ")", count: 100_000) + " a@x").utf8)
        #expect(AddressList.addresses(raw, atMost: 10) == ["a@x"])
    }
}
