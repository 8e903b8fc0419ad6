import IMAPCodec
import IMAPValue
import Testing

/// A command and what goes over the wire; `|` where the server's `+` is awaited, `<n:octets>` for a message.
struct EncodeRow: Sendable, CustomTestStringConvertible {
    let command: Command
    let wire: String
    let capabilities: [String]
    let utf8: Bool

    init(_ command: Command, _ wire: String, _ capabilities: [String] = [], utf8: Bool = false) {
        self.command = command
        self.wire = wire
        self.capabilities = capabilities
        self.utf8 = utf8
    }

    var testDescription: String { wire }
}

@Suite("CommandEncoder")
struct CommandEncoderTests {
    private func encode(_ command: Command, _ capabilities: [String] = [], utf8: Bool = false) throws -> EncodedCommand
    {
        try CommandEncoder(capabilities: Capabilities(capabilities), utf8Accepted: utf8).encode(command, tag: "t")
    }

    private func wire(_ encoded: EncodedCommand) -> String {
        encoded.parts.map { part in
            switch part {
            case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
            case .awaitContinuation: "|"
            case .content(let index, let octets): "<\(index):\(octets)>"
            }
        }.joined()
    }

    private static let simple: [EncodeRow] = [
        EncodeRow(.capability, "CAPABILITY"), EncodeRow(.noop, "NOOP"), EncodeRow(.logout, "LOGOUT"),
        EncodeRow(.startTLS, "STARTTLS"), EncodeRow(.namespace, "NAMESPACE"), EncodeRow(.idle, "IDLE"),
        EncodeRow(.unselect, "UNSELECT"), EncodeRow(.check, "CHECK"),
        EncodeRow(.compressDeflate, "COMPRESS DEFLATE"),
        EncodeRow(.login(user: "al\"ice".octets, password: Secret("a\\b".octets)), #"LOGIN "al\"ice" "a\\b""#),
        EncodeRow(.authenticate(mechanism: "PLAIN", initial: nil), "AUTHENTICATE PLAIN"),
        EncodeRow(
            .authenticate(mechanism: "PLAIN", initial: Secret([0, 0x75, 0, 0x70])), "AUTHENTICATE PLAIN\r\n|AHUAcA=="),
        EncodeRow(
            .authenticate(mechanism: "PLAIN", initial: Secret([0, 0x75, 0, 0x70])), "AUTHENTICATE PLAIN AHUAcA==",
            ["SASL-IR"]),
        EncodeRow(.authenticate(mechanism: "EXTERNAL", initial: Secret([])), "AUTHENTICATE EXTERNAL =", ["IMAP4rev2"]),
        EncodeRow(.authenticate(mechanism: "EXTERNAL", initial: Secret([])), "AUTHENTICATE EXTERNAL\r\n|"),
        EncodeRow(.id([]), "ID NIL"),
        EncodeRow(.id([IDField("name", "mailmount"), IDField("os", nil)]), #"ID ("name" "mailmount" "os" NIL)"#),
        EncodeRow(.enable(["QRESYNC", "UTF8=ACCEPT"]), "ENABLE QRESYNC UTF8=ACCEPT"),
    ]

    private static let mailboxes: [EncodeRow] = [
        EncodeRow(.list(reference: [], patterns: ["*".octets], options: .plain), #"LIST "" "*""#),
        EncodeRow(
            .list(
                reference: [], patterns: ["*".octets, "#news".octets],
                options: ListOptions(
                    selection: [.subscribed, .recursiveMatch], return: [.children, .specialUse],
                    status: [.uidNext, .highestModSeq])),
            ##"LIST (SUBSCRIBED RECURSIVEMATCH) "" ("*" "#news") RETURN (SPECIAL-USE CHILDREN STATUS (UIDNEXT HIGHESTMODSEQ))"##
        ),
        EncodeRow(.status("a b".octets, [.messages, .size]), #"STATUS "a b" (MESSAGES SIZE)"#),
        EncodeRow(.select("INBOX".octets, .plain), #"SELECT "INBOX""#),
        EncodeRow(.examine("INBOX".octets, .condstore), #"EXAMINE "INBOX" (CONDSTORE)"#),
        EncodeRow(.create("Sent".octets, .sent), #"CREATE "Sent" (USE (\Sent))"#),
        EncodeRow(.create("x".octets, nil), #"CREATE "x""#), EncodeRow(.delete("x".octets), #"DELETE "x""#),
        EncodeRow(.rename("x".octets, "y".octets), #"RENAME "x" "y""#),
        EncodeRow(.subscribe("x".octets), #"SUBSCRIBE "x""#), EncodeRow(.unsubscribe("x".octets), #"UNSUBSCRIBE "x""#),
        EncodeRow(.getQuotaRoot("x".octets), #"GETQUOTAROOT "x""#),
        EncodeRow(.delete("é".octets), "DELETE {2}\r\n|é"), EncodeRow(.delete("é".octets), #"DELETE "é""#, utf8: true),
        EncodeRow(.delete("é".octets), "DELETE {2+}\r\né", ["LITERAL+"]),
        EncodeRow(.delete("é".octets), "DELETE {2+}\r\né", ["IMAP4rev2"]),
        EncodeRow(.append("x".octets, [AppendMessage(octets: 5)]), "APPEND \"x\" () {5}\r\n|<0:5>"),
        EncodeRow(.append("x".octets, [AppendMessage(octets: 5)]), "APPEND \"x\" () {5+}\r\n<0:5>", ["LITERAL+"]),
        EncodeRow(
            .append("x".octets, [AppendMessage(octets: 4_096), AppendMessage(octets: 4_097)]),
            "APPEND \"x\" () {4096+}\r\n<0:4096> () {4097}\r\n|<1:4097>", ["LITERAL-"]),
        EncodeRow(
            .append("x".octets, [AppendMessage(octets: 1 << 20), AppendMessage(octets: 1 << 20 + 1)]),
            "APPEND \"x\" () {1048576+}\r\n<0:1048576> () {1048577}\r\n|<1:1048577>", ["LITERAL+"]),
        EncodeRow(
            .append(
                "x".octets,
                [
                    AppendMessage(flags: Flags(system: .seen, keywords: ["$a"]), internalDate: 0, octets: 1 << 40),
                    AppendMessage(octets: 0),
                ]),
            "APPEND \"x\" (\\Seen $a) \"01-Jan-1970 00:00:00 +0000\" {1099511627776}\r\n|<0:1099511627776> () {0}\r\n|<1:0>"
        ),
        EncodeRow(.notify(.none), "NOTIFY NONE"),
        EncodeRow(
            .notify(
                NotifySet(
                    selected: [.messageNew, .messageExpunge, .flagChange], selectedFetch: [.uid, .flags],
                    personal: [.messageNew, .messageExpunge, .mailboxName], status: true)),
            "NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange)) "
                + "(PERSONAL (MessageNew MessageExpunge MailboxName))"),
    ]

    private static let messages: [EncodeRow] = [
        EncodeRow(
            .uidFetch(
                .uids(set("1:3,5")),
                [.uid, .flags, .size, .internalDate, .modSequence, .emailID, .gmailMessageID, .gmailLabels],
                changedSince: nil, vanished: false),
            "UID FETCH 1:3,5 (UID FLAGS RFC822.SIZE INTERNALDATE MODSEQ EMAILID X-GM-MSGID X-GM-LABELS)"),
        EncodeRow(
            .uidFetch(.from(.max), [.flags], changedSince: ModSequence(7), vanished: true),
            "UID FETCH 4294967295:* (FLAGS) (CHANGEDSINCE 7 VANISHED)"),
        EncodeRow(
            .uidFetch(
                .last, [.headerFields(["From", "Message-ID"]), .header, .body, .partialBody(offset: 0, count: 9)],
                changedSince: ModSequence(7), vanished: false),
            "UID FETCH * (BODY.PEEK[HEADER.FIELDS (From Message-ID)] BODY.PEEK[HEADER] BODY.PEEK[] BODY.PEEK[]<0.9>) "
                + "(CHANGEDSINCE 7)"),
        EncodeRow(.uidSearch(.all), "UID SEARCH ALL"),
        EncodeRow(
            .uidSearch(
                UIDSearch([
                    .uids(.from(.min)), .header(name: "Message-ID", value: "<a@b>".octets), .larger(1), .smaller(9),
                ])),
            #"UID SEARCH UID 1:* HEADER Message-ID "<a@b>" LARGER 1 SMALLER 9"#),
        EncodeRow(
            .uidSearch(UIDSearch([.deleted, .undeleted, .keyword("$a")])), "UID SEARCH DELETED UNDELETED KEYWORD $a"),
        EncodeRow(
            .uidSearch(.header("Subject", "é".octets)), "UID SEARCH CHARSET UTF-8 HEADER Subject {2}\r\n|é"),
        EncodeRow(.uidSearch(.header("Subject", "é".octets)), #"UID SEARCH HEADER Subject "é""#, utf8: true),
        EncodeRow(
            .uidStore(
                set("4"), .add, Flags(system: .seen, keywords: [#"\X"#, "a]"]), silent: true,
                unchangedSince: ModSequence(8)),
            #"UID STORE 4 (UNCHANGEDSINCE 8) +FLAGS.SILENT (\Seen \X a])"#),
        EncodeRow(.uidStore(set("4"), .remove, Flags(), silent: false, unchangedSince: nil), "UID STORE 4 -FLAGS ()"),
        EncodeRow(.uidStore(set("4"), .replace, Flags(), silent: false, unchangedSince: nil), "UID STORE 4 FLAGS ()"),
        EncodeRow(
            .uidStoreLabels(set("4"), .add, [#"\Inbox"#.octets, "a \"b".octets, "&AOQ-".octets]),
            #"UID STORE 4 +X-GM-LABELS ("\\Inbox" "a \"b" "&AOQ-")"#),
        EncodeRow(.uidStoreLabels(set("4"), .remove, ["x".octets]), #"UID STORE 4 -X-GM-LABELS ("x")"#),
        EncodeRow(.uidCopy(set("4:9"), "x".octets), #"UID COPY 4:9 "x""#),
        EncodeRow(.uidMove(set("4:9"), "x".octets), #"UID MOVE 4:9 "x""#),
        EncodeRow(.uidExpunge(set("4:9")), "UID EXPUNGE 4:9"),
    ]

    @Test("writes commands", arguments: simple + mailboxes + messages)
    func commands(row: EncodeRow) throws {
        #expect(wire(try encode(row.command, row.capabilities, utf8: row.utf8)) == "t \(row.wire)\r\n")
    }

    @Test("writes QRESYNC with and without known UIDs")
    func qresync() throws {
        let validity = try #require(UIDValidity(67_890_007))
        let sequence = try #require(ModSequence(90))
        #expect(
            wire(try encode(.select("a".octets, .qresync(validity, sequence, known: set("1:5")))))
                == "t SELECT \"a\" (QRESYNC (67890007 90 1:5))\r\n")
        #expect(
            wire(try encode(.select("a".octets, .qresync(validity, sequence, known: nil))))
                == "t SELECT \"a\" (QRESYNC (67890007 90))\r\n")
    }

    @Test("waits for the server before any literal above 4,096 octets, whatever is offered")
    func longLiterals() throws {
        let name = [UInt8](repeating: 0x61, count: 4_097)
        #expect(try encode(.delete(name), ["LITERAL+"]).parts.contains(.awaitContinuation))
        #expect(try !encode(.delete(Array(name.dropFirst())), ["LITERAL+"]).parts.contains(.awaitContinuation))
        #expect(try encode(.delete(Array(name.dropFirst()))).parts.contains(.awaitContinuation))
    }

    // Hazard 80
    @Test(
        "refuses arguments that could become a command",
        arguments: ["a\r\nt LOGOUT", "a\n", "\r", "a\u{0}b"], [["LITERAL+"], []])
    func injection(text: String, capabilities: [String]) {
        let name = text.octets
        let commands: [Command] = [
            .select(name, .plain), .examine(name, .condstore), .create(name, nil), .delete(name),
            .rename("a".octets, name), .rename(name, "a".octets), .subscribe(name), .unsubscribe(name),
            .status(name, [.messages]), .list(reference: name, patterns: ["*".octets], options: .plain),
            .list(reference: [], patterns: ["*".octets, name], options: .plain), .uidCopy(set("1"), name),
            .uidMove(set("1"), name), .append(name, [AppendMessage(octets: 1)]), .getQuotaRoot(name),
            .login(user: name, password: Secret([])), .login(user: [], password: Secret(name)),
            .id([IDField(text, nil)]), .id([IDField("a", text)]), .uidSearch(.header("a", name)),
        ]
        for command in commands {
            #expect(throws: EncodingError.unsafeName) { try encode(command, capabilities, utf8: true) }
        }
        let atoms: [Command] = [
            .enable([text]), .authenticate(mechanism: text, initial: nil), .uidSearch(.header(text, [])),
            .uidFetch(.last, [.headerFields([text])], changedSince: nil, vanished: false),
            .uidStore(set("1"), .add, Flags(keywords: [text]), silent: true, unchangedSince: nil),
            .append([], [AppendMessage(flags: Flags(keywords: [text]), octets: 1)]),
            .uidSearch(UIDSearch([.keyword(text)])),
        ]
        for command in atoms {
            #expect(throws: EncodingError.notAnAtom(text)) { try encode(command) }
        }
        #expect(throws: EncodingError.self) {
            try CommandEncoder(capabilities: .none, utf8Accepted: false).encode(.noop, tag: text)
        }
    }

    @Test(
        "refuses what no command may say",
        arguments: [
            .uidExpunge(UIDSet()), .uidFetch(.last, [], changedSince: nil, vanished: false),
            .uidFetch(.last, [.flags], changedSince: nil, vanished: true),
            .uidFetch(.last, [.partialBody(offset: 1, count: 0)], changedSince: nil, vanished: false),
            .uidFetch(.last, [.headerFields([])], changedSince: nil, vanished: false), .uidSearch(UIDSearch([])),
            .append("a".octets, []), .enable([]), .status("a".octets, []),
            .list(reference: [], patterns: [], options: .plain),
            .list(reference: [], patterns: [[]], options: ListOptions(selection: [.recursiveMatch])),
            .notify(NotifySet(selected: [.flagChange], personal: [])),
            .notify(NotifySet(selected: [], personal: [.messageNew])),
            .id([IDField(String(repeating: "a", count: 31), nil)]),
        ] as [Command])
    func nonsense(command: Command) {
        #expect(throws: EncodingError.self) { try encode(command) }
    }

    // Hazard 85
    @Test("shows no secret in any description or dump")
    func secrets() throws {
        let password = "wonderland"
        let commands: [Command] = [
            .login(user: "alice".octets, password: Secret(password.octets)),
            .authenticate(mechanism: "PLAIN", initial: Secret(password.octets)),
        ]
        let forms = [password, String(decoding: Base64.encode(password.octets), as: UTF8.self), "\(password.octets)"]
        for command in commands {
            var shown: [String] = []
            for capabilities in [["SASL-IR"], []] {
                let encoded = try encode(command, capabilities)
                shown += [
                    "\(encoded)", String(reflecting: encoded), "\(encoded.parts)", String(reflecting: encoded.parts),
                ]
                var dumped = ""
                dump(encoded, to: &dumped)
                dump(encoded.parts, to: &dumped)
                shown.append(dumped)
            }
            shown += ["\(command)", String(reflecting: command), "\([command])"]
            var dumped = ""
            dump(command, to: &dumped)
            dump(Secret(password.octets), to: &dumped)
            shown.append(dumped)
            for text in shown {
                for form in forms { #expect(!text.contains(form)) }
            }
        }
        #expect("\(commands[0])" == #"LOGIN "alice" <secret>"#)
        #expect("\(commands[1])" == "AUTHENTICATE PLAIN <secret>")
        #expect(Secret(password.octets).reveal() == password.octets)
    }

    @Test("shows other commands as they are sent")
    func description() throws {
        #expect("\(Command.uidMove(set("4:9"), "x y".octets))" == #"UID MOVE 4:9 "x y""#)
        #expect(try encode(.append("x".octets, [AppendMessage(octets: 3)])).description == #"t APPEND "x" () {3}"#)
        #expect("\(Command.delete("\n".octets))" == "command that cannot be encoded")
    }
}
