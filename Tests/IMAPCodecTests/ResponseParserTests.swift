import IMAPCodec
import IMAPValue
import Testing

/// A line and what it is read as.
struct Row: Sendable {
    let text: String
    let expected: Untagged

    init(_ text: String, _ expected: Untagged) {
        self.text = text
        self.expected = expected
    }
}

@Suite("ResponseParser")
struct ResponseParserTests {
    private static let untaggedRows: [Row] = [
        Row("* 172 EXISTS", .exists(172)),
        Row("* 0 recent", .recent(0)),
        Row("* 44 Expunge", .expunge(44)),
        Row("* CAPABILITY IMAP4rev1 idle AUTH=plain", .capability(Capabilities(["IMAP4REV1", "IDLE", "AUTH=PLAIN"]))),
        Row("* ENABLED condstore QRESYNC", .enabled(["CONDSTORE", "QRESYNC"])),
        Row("* ENABLED", .enabled([])),
        Row(
            #"* FLAGS (\answered \FLAGGED \Deleted \Seen \Draft b a \Recent \*)"#,
            .flags(Flags(system: [.answered, .flagged, .deleted, .seen, .draft], keywords: ["a", "b"]))),
        Row("* FLAGS ()", .flags(Flags())),
        Row("* SEARCH", .search([], nil)),
        Row("* SEARCH 2 84 882", .search([2, 84, 882], nil)),
        Row("* SEARCH 2 (MODSEQ 917162500)", .search([2], ModSequence(917_162_500))),
        Row("* VANISHED 300:310,405", .vanished(set("300:310,405"), earlier: false)),
        Row("* vanished (earlier) 5:3,1:4294967295", .vanished(set("1:4294967295"), earlier: true)),
        Row(
            #"* ESEARCH (TAG "A282") UID MIN 2 MAX 47 COUNT 25 ALL 2,10:15 MODSEQ 9 X-NEW (a (b) "c")"#,
            .esearch(
                .init(
                    tag: "A282".octets, isUID: true, min: 2, max: 47, count: 25, all: set("2,10:15"),
                    modSequence: ModSequence(9)))),
        Row("* ESEARCH", .esearch(.init())),
        Row(
            ##"* NAMESPACE (("" "/")("#mh/" NIL "X-P" ("a" "b"))) NIL (("Public Folders\\" "\\"))"##,
            .namespace([
                .init(kind: .personal, prefix: [], separator: 0x2F),
                .init(kind: .personal, prefix: "#mh/".octets, separator: nil),
                .init(kind: .shared, prefix: #"Public Folders\"#.octets, separator: 0x5C),
            ])),
        Row(#"* ID ("name" "Cyrus" "os" NIL)"#, .id([IDField("name", "Cyrus"), IDField("os", nil)])),
        Row("* ID NIL", .id([])),
        Row("* ID ()", .id([])),
        Row(#"* QUOTAROOT INBOX "" b"#, .quotaRoot(mailbox: "INBOX".octets, roots: [[], "b".octets])),
        Row("* QUOTAROOT a", .quotaRoot(mailbox: "a".octets, roots: [])),
        Row(
            #"* QUOTA "" (storage 10 512 MESSAGE 1 2)"#,
            .quota(
                .init(
                    name: [],
                    resources: [
                        .init(name: "STORAGE", usage: 10, limit: 512), .init(name: "MESSAGE", usage: 1, limit: 2),
                    ]))),
        Row(#"* QUOTA "" ()"#, .quota(.init(name: [], resources: []))),
        Row("* XLIST (a) b c", .unknown(name: "XLIST")),
        Row("* 4 foo bar (", .unknown(name: "FOO")),
        Row("* METADATA \"\" (/a \"b\")", .unknown(name: "METADATA")),
    ]

    @Test("reads untagged responses", arguments: untaggedRows)
    func untaggedResponses(row: Row) throws {
        #expect(try untagged(row.text) == row.expected)
    }

    @Test(
        "reads LIST and LSUB",
        arguments: [
            (
                #"* LIST (\Noselect \HasChildren) "/" foo"#,
                ListEntry(rawName: "foo".octets, separator: 0x2F, attributes: [#"\Noselect"#, #"\HasChildren"#])
            ),
            (#"* LIST () NIL "a b""#, ListEntry(rawName: "a b".octets, separator: nil)),
            (#"* LIST () "\\" "a\\b\"c""#, ListEntry(rawName: #"a\b"c"#.octets, separator: 0x5C)),
            ("* LIST () \"/\" {3}\r\na\"\\", ListEntry(rawName: "a\"\\".octets, separator: 0x2F)),
            (#"* LIST () "/" NIL"#, ListEntry(rawName: "NIL".octets, separator: 0x2F)),
            (#"* LIST () "/" """#, ListEntry(rawName: [], separator: 0x2F)),
            (#"* LIST () "/" [Gmail]/Sent"#, ListEntry(rawName: "[Gmail]/Sent".octets, separator: 0x2F)),
            (#"* LSUB () "." a"#, ListEntry(rawName: [0x61], separator: 0x2E, isSubscribed: true)),
            (
                #"* LIST (\subscribed) "." a"#,
                ListEntry(rawName: [0x61], separator: 0x2E, attributes: [#"\subscribed"#], isSubscribed: true)
            ),
            (
                #"* LIST () "." a ("CHILDINFO" ("subscribed") "OLDNAME" ("b c") X (1 (2)) MAILBOXID (F1))"#,
                ListEntry(
                    rawName: [0x61], separator: 0x2E, mailboxID: "F1".octets, oldName: "b c".octets,
                    childInfo: ["SUBSCRIBED"])
            ),
        ])
    func list(text: String, expected: ListEntry) throws {
        #expect(try untagged(text) == .list(expected))
    }

    @Test(
        "reads names with blanks that nobody quoted",
        arguments: [
            (#"* LIST (\HasNoChildren) "/" Sent Messages"#, "Sent Messages"),
            (#"* LIST () "/" a b  c "#, "a b  c"), (#"* LIST () "/" Old (2019)"#, "Old (2019)"),
            (#"* LIST () "/" a b" c"#, "a b\" c"), (#"* LIST () NIL A & B/C D"#, "A & B/C D"),
        ])
    func unquotedNames(text: String, name: String) throws {
        guard case .list(let entry) = try untagged(text) else {
            Issue.record()
            return
        }
        #expect(String(decoding: entry.rawName, as: UTF8.self) == name)
    }

    @Test(
        "reads STATUS of such names",
        arguments: [
            ("* STATUS Sent Messages (MESSAGES 3)", "Sent Messages", 3),
            ("* STATUS Old (2019) (MESSAGES 4 UNSEEN 1) ", "Old (2019)", 4),
        ] as [(String, String, UInt32)])
    func statusOfUnquotedNames(text: String, name: String, messages: UInt32) throws {
        guard case .mailboxStatus(let status) = try untagged(text) else {
            Issue.record()
            return
        }
        #expect(String(decoding: status.rawName, as: UTF8.self) == name)
        #expect(status.messages == messages)
    }

    @Test("compares attributes without case")
    func attributes() throws {
        guard case .list(let entry) = try untagged(#"* LIST (\drafts \NOSELECT) "/" a"#) else {
            Issue.record()
            return
        }
        #expect(entry.has(#"\Drafts"#) && entry.has(#"\Noselect"#) && !entry.has(#"\Sent"#))
        #expect(entry.attributes.compactMap { SpecialUse(attribute: $0) } == [.drafts])
    }

    @Test("reads STATUS")
    func status() throws {
        let text =
            #"* STATUS "a" (messages 1 UIDNEXT 2 UIDVALIDITY 3 UNSEEN 4 HIGHESTMODSEQ 5 SIZE 5000000000 "#
            + "MAILBOXID (F2) APPENDLIMIT 6 DELETED 7 DELETED-STORAGE 8 X (y))"
        #expect(
            try untagged(text)
                == .mailboxStatus(
                    .init(
                        rawName: [0x61], messages: 1, uidNext: UID(2), uidValidity: UIDValidity(3), unseen: 4,
                        highestModSeq: ModSequence(5), size: 5_000_000_000, mailboxID: "F2".octets, appendLimit: 6,
                        deleted: 7)))
        #expect(
            try untagged("* STATUS a (HIGHESTMODSEQ 0 APPENDLIMIT NIL UIDNEXT 0)")
                == .mailboxStatus(.init(rawName: [0x61])))
    }

    @Test(
        "reads FETCH items in any order and case, and skips those never asked for",
        arguments: [
            ("()", FetchResponse(sequenceNumber: 12)),
            (
                #"(FLAGS (\Seen $x) UID 4827 RFC822.SIZE 44827 INTERNALDATE "17-Jul-1996 02:44:25 -0700" MODSEQ (9))"#,
                FetchResponse(
                    sequenceNumber: 12, uid: UID(4_827), flags: Flags(system: .seen, keywords: ["$x"]),
                    size: 44_827, internalDate: 837_596_665, modSequence: ModSequence(9))
            ),
            (
                "(modseq (9) uid 4294967295)",
                FetchResponse(sequenceNumber: 12, uid: .max, modSequence: ModSequence(9))
            ),
            ("(UID 0 MODSEQ (0))", FetchResponse(sequenceNumber: 12)),
            (
                "(EMAILID (M1) THREADID NIL X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox \"a b\" {1}\r\nx))",
                FetchResponse(
                    sequenceNumber: 12, emailID: "M1".octets, gmailMessageID: 1_278_455_344_230_334_865,
                    gmailLabels: [#"\Inbox"#.octets, "a b".octets, "x".octets])
            ),
            (
                #"(X-GM-LABELS ("\\Inbox" \Sent "M\"uy" NIL &AOQ- "" [Gmail]/x ~{1}\#r\#n)) UID 3)"#,
                FetchResponse(
                    sequenceNumber: 12, uid: UID(3),
                    gmailLabels: [
                        #"\Inbox"#.octets, #"\Sent"#.octets, #"M"uy"#.octets, "NIL".octets, "&AOQ-".octets, [],
                        "[Gmail]/x".octets, ")".octets,
                    ])
            ),
            ("(X-GM-LABELS () UID 3)", FetchResponse(sequenceNumber: 12, uid: UID(3), gmailLabels: [])),
            ("(X-GM-LABELS NIL UID 3)", FetchResponse(sequenceNumber: 12, uid: UID(3))),
            ("(X-GM-LABELS (a (b)) UID 3)", FetchResponse(sequenceNumber: 12, uid: UID(3))),
            (
                #"(ENVELOPE ("d" "s \"q\"" (("n" NIL "m" "h")) NIL NIL NIL NIL NIL NIL "<i>") BODY ("a" (NIL) 1.5) UID 3)"#,
                FetchResponse(sequenceNumber: 12, uid: UID(3))
            ),
            (
                "(BODY[1.2] NIL BODY[] NIL UID 3)",
                FetchResponse(
                    sequenceNumber: 12, uid: UID(3),
                    section: PartNumber([1, 2]).map { .init(part: .part($0), content: .absent) })
            ),
            (
                "(BODY[HEADER.FIELDS.NOT (a)] NIL)",
                FetchResponse(sequenceNumber: 12, section: .init(part: .other, content: .absent))
            ),
            (
                "(BODY[HEADER] NIL)",
                FetchResponse(sequenceNumber: 12, section: .init(part: .header, content: .absent))
            ),
            (
                "(BINARY[1]<0> ~{1}\r\nx BINARY.SIZE[1] 7 RFC822 {2}\r\n() UID 3)",
                FetchResponse(
                    sequenceNumber: 12, uid: UID(3),
                    section: PartNumber([1]).map {
                        .init(part: .decodedPart($0), origin: 0, content: .inline(31..<32))
                    })
            ),
        ] as [(String, FetchResponse)])
    func fetch(items: String, expected: FetchResponse) throws {
        #expect(try untagged("* 12 FETCH " + items) == .fetch(expected))
    }

    // Hazards 19, 60 and 63; a body that is NIL, empty or missing
    @Test(
        "tells where the octets of a section are",
        arguments: [
            ("BODY[] {5}\r\na)\r\nb", "a)\r\nb", nil), ("BODY[]<0> {0}\r\n", "", 0), (#"BODY[] """#, "", nil),
            (#"BODY[]<10> "x y""#, "x y", 10), (#"BODY[] "x\"\\y""#, #"x"\y"#, nil), ("body[] x", "x", nil),
            ("BODY[] NIL", nil, nil), ("UID 1", nil, nil),
        ] as [(String, String?, UInt64?)])
    func content(item: String, expected: String?, origin: UInt64?) throws {
        let events = replay("* 1 FETCH (\(item) UID 2)\r\n".octets)
        guard case .response(.untagged(.fetch(let fetch)), let content) = events.first else {
            Issue.record()
            return
        }
        #expect(content == expected?.octets)
        #expect(fetch.section?.origin == origin)
        #expect(fetch.uid == UID(2))
    }

    @Test("goes on behind a streamed literal")
    func streamed() {
        var limits = Limits()
        limits.inlineLiteral = 4
        let events = replay("* 1 FETCH (BODY[] {5}\r\n12345 UID 2)\r\n".octets, limits: limits)
        #expect(
            events == [
                .streamed(octets: 5, prefix: "* 1 FETCH (BODY[] {5}".octets, content: "12345".octets),
                .response(
                    .untagged(
                        .fetch(
                            .init(
                                sequenceNumber: 1, uid: UID(2),
                                section: .init(part: .whole, content: .streamed(octets: 5))))), content: nil),
            ])
    }

    @Test(
        "reads response codes",
        arguments: [
            ("ALERT", .alert), ("alert", .alert), ("BADCHARSET (a \"b\")", .badCharset), ("BADCHARSET", .badCharset),
            ("CAPABILITY IDLE MOVE", .capability(Capabilities(["IDLE", "MOVE"]))), ("PARSE", .parse),
            ("PERMANENTFLAGS ()", .permanentFlags(Flags(), allowsNew: false)), ("READ-ONLY", .readOnly),
            ("READ-WRITE", .readWrite), ("TRYCREATE", .tryCreate), ("UNSEEN 17", .unseen), ("NOMODSEQ", .noModSeq),
            ("MODIFIED 7,9", .modified(set("7,9"))), ("CLOSED", .closed), ("UIDNOTSTICKY", .uidNotSticky),
            ("COMPRESSIONACTIVE", .compressionActive), ("MAILBOXID (F3)", .mailboxID("F3".octets)),
            ("UNAVAILABLE", .unavailable), ("AUTHENTICATIONFAILED", .authenticationFailed),
            ("AUTHORIZATIONFAILED", .authorizationFailed), ("EXPIRED", .expired),
            ("PRIVACYREQUIRED", .privacyRequired), ("CONTACTADMIN", .contactAdmin), ("NOPERM", .noPerm),
            ("INUSE", .inUse), ("EXPUNGEISSUED", .expungeIssued), ("CORRUPTION", .corruption),
            ("SERVERBUG", .serverBug), ("CLIENTBUG", .clientBug), ("CANNOT", .cannot), ("LIMIT", .limit),
            ("OVERQUOTA", .overQuota), ("ALREADYEXISTS", .alreadyExists), ("NONEXISTENT", .nonExistent),
            ("TOOBIG", .tooBig), ("HASCHILDREN", .hasChildren), ("UNKNOWN-CTE", .unknownCTE),
            ("NOTIFICATIONOVERFLOW", .notificationOverflow), ("BADEVENT (MessageNew)", .badEvent),
            ("BADEVENT", .badEvent), ("referral imap://a/", .other("REFERRAL")), ("X", .other("X")),
            ("UIDNEXT 4294967296", .other("UIDNEXT")), ("HIGHESTMODSEQ 9223372036854775808", .other("HIGHESTMODSEQ")),
            ("APPENDUID 0 1", .other("APPENDUID")), ("MAILBOXID NIL", .other("MAILBOXID")),
            // Sets that do not pair off by position say nothing about which message became which.
            ("COPYUID 1 5,3 10,11", .other("COPYUID")), ("COPYUID 1 3,5 11:10", .other("COPYUID")),
            ("COPYUID 1 3:5 10", .other("COPYUID")), ("COPYUID 1 1:* 1:*", .other("COPYUID")),
        ] as [(String, ResponseCode)])
    func codes(code: String, expected: ResponseCode) throws {
        #expect(
            try parse("* OK [\(code)] text") == .untagged(.status(.init(kind: .ok, code: expected, text: "text"))))
        #expect(try parse("t NO [\(code)]") == .tagged(tag: "t".octets, .init(kind: .no, code: expected)))
    }

    @Test("reads response codes with numbers")
    func codeNumbers() throws {
        let validity = try #require(UIDValidity(38_505))
        #expect(
            try parse("a OK [APPENDUID 38505 3955:3957] x")
                == .tagged(tag: [0x61], .init(kind: .ok, code: .appendUID(validity, set("3955:3957")), text: "x")))
        #expect(
            try parse("a OK [COPYUID 38505 304,319:320 3956:3958] x")
                == .tagged(
                    tag: [0x61],
                    .init(
                        kind: .ok, code: .copyUID(validity, from: set("304,319:320"), to: set("3956:3958")), text: "x"))
        )
        #expect(
            try parse("* OK [UIDVALIDITY 38505]") == .untagged(.status(.init(kind: .ok, code: .uidValidity(validity)))))
        #expect(
            try parse("* OK [UIDNEXT 4294967295]") == .untagged(.status(.init(kind: .ok, code: .uidNext(.max)))))
    }

    @Test(
        "reads status responses",
        arguments: [
            ("* PREAUTH hello", StatusResponse(kind: .preauth, text: "hello")),
            ("* bye", StatusResponse(kind: .bye)), ("* BAD  two", StatusResponse(kind: .bad, text: "two")),
            ("* NO [unclosed text", StatusResponse(kind: .no, text: "[unclosed text")),
            ("* OK [] x", StatusResponse(kind: .ok, text: "[] x")),
            ("* OK [X a]b] x", StatusResponse(kind: .ok, code: .other("X"), text: "x")),
        ])
    func statusResponses(text: String, expected: StatusResponse) throws {
        #expect(try untagged(text) == .status(expected))
    }

    @Test("replaces what is no UTF-8 in texts for people")
    func lossy() throws {
        let bytes = Array("* OK ".utf8) + [0xFF, 0x00, 0x41]
        let response = try bytes.withUnsafeBytes { try ResponseParser().parse(Frame(bytes: $0)) }
        #expect(response == .untagged(.status(.init(kind: .ok, text: "\u{FFFD}\u{0}A"))))
    }

    @Test(
        "refuses what cannot be read, and says where",
        arguments: [
            ("", .emptyResponse, 0), (" ", .tagExpected, 0), ("*", .tagExpected, 1), ("a", .spaceExpected, 1),
            ("a FOO", .statusExpected, 5), ("* ", .nameExpected, 2), ("* (", .nameExpected, 2),
            ("* 4294967296 EXISTS", .numberTooLarge, 2), ("* 1", .spaceExpected, 3), ("* 1 ", .nameExpected, 4),
            ("* 1 EXISTS x", .excess, 11), ("* 1 FETCH", .listExpected, 9), ("* 1 FETCH (UID 1", .listEndExpected, 16),
            ("* 1 FETCH (UID 1) x", .excess, 18), ("* 1 FETCH (ENVELOPE (", .stringExpected, 21),
            ("* 1 FETCH (BODY[ NIL)", .sectionUnterminated, 21), ("* 1 FETCH (BODY[]<x> NIL)", .numberExpected, 18),
            ("* LIST () \"/\" \"a", .stringUnterminated, 16), ("* LIST () \"/\" {9}\r\na", .literalTruncated, 19),
            ("* LIST () \"ab\" c", .stringExpected, 10), ("* LIST \"/\" a", .listExpected, 7),
            ("* VANISHED", .uidSetExpected, 10), ("* VANISHED 0", .uidSetExpected, 11),
            ("* VANISHED 1:*", .numberExpected, 13), ("* VANISHED 1,", .uidSetExpected, 13),
            ("* SEARCH 1 x", .numberExpected, 11), ("* NAMESPACE NIL NIL", .listExpected, 19),
            ("* FLAGS (a", .listEndExpected, 10), ("* CAPABILITY a (", .excess, 15),
        ] as [(String, ParseError.Reason, Int)])
    func refused(text: String, reason: ParseError.Reason, offset: Int) {
        #expect(throws: ParseError(reason: reason, offset: offset)) { try parse(text) }
    }

    // Hazards 81 and 84
    @Test("bounds nesting without recursion", arguments: ["ENVELOPE ", "EMAILID ", "X-GM-LABELS "])
    func nesting(item: String) throws {
        func nested(_ depth: Int) -> String {
            let open = String(repeating: "(", count: depth)
            return "* 1 FETCH (\(item)\(open)x\(String(repeating: ")", count: depth)) UID 2)"
        }
        guard case .fetch(let fetch) = try untagged(nested(64)) else {
            Issue.record()
            return
        }
        #expect(fetch.uid == UID(2))
        for depth in [65, 100_000] {
            do {
                _ = try parse(nested(depth))
                Issue.record("depth \(depth) accepted")
            } catch let error as ParseError {
                #expect(error.reason == .nestingTooDeep)
            }
        }
    }

    // Hazard 81
    @Test("keeps the widest range a range, and sorts a set of many")
    func ranges() throws {
        guard case .vanished(let all, _) = try untagged("* VANISHED 4294967295:1") else {
            Issue.record()
            return
        }
        #expect(all.ranges == [1...UInt32.max])
        let many = stride(from: 200_001, to: 0, by: -2).map { String($0) }.joined(separator: ",")
        guard case .vanished(let odd, _) = try untagged("* VANISHED " + many) else {
            Issue.record()
            return
        }
        #expect(odd.count == 100_001 && odd.ranges.count == 100_001)
    }
}

/// From the text that a command would carry.
func set(_ text: String) -> UIDSet {
    UIDSet(
        ranges: text.split(separator: ",").compactMap { part in
            let ends = part.split(separator: ":").compactMap { UInt32($0) }
            guard let first = ends.first, let last = ends.last else { return nil }
            return Swift.min(first, last)...Swift.max(first, last)
        })
}
