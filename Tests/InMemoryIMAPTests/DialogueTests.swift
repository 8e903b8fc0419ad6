import InMemoryIMAP
import Testing

/// One command and what must come: untagged lines in order and the start of the tagged one.
struct Turn: Sendable {
    let command: String
    let untagged: [String]
    let completion: String

    init(_ command: String, _ untagged: [String] = [], _ completion: String) {
        self.command = command
        self.untagged = untagged
        self.completion = completion
    }
}

struct Dialogue: Sendable, CustomTestStringConvertible {
    let name: String
    var configuration = ServerConfiguration.full
    var login = true
    let turns: [Turn]
    var testDescription: String { name }
}

/// INBOX with UIDs 1 (seen) and 2, Archive empty with \Archive, Work/Plans subscribed.
func makeServer(_ configuration: ServerConfiguration = .full) throws -> InMemoryServer {
    let server = try InMemoryServer(configuration)
    server.deliver(mail("one"), to: "INBOX", flags: ["\\Seen"])
    server.deliver(mail("two", body: "second"), to: "INBOX", flags: ["$Label"])
    server.createFolder("Archive", specialUse: "\\Archive")
    server.createFolder("Work/Plans")
    server.subscribe("Work/Plans")
    return server
}

@Suite struct DialogueTests {
    static let selectInbox = Turn(
        "SELECT INBOX",
        [
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label)", "* 2 EXISTS", "* 0 RECENT",
            "* OK [UNSEEN 2] First unseen",
            "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label \\*)] Flags kept",
            "* OK [UIDVALIDITY 1700000001] UIDs valid", "* OK [UIDNEXT 3] Predicted next UID",
            "* OK [HIGHESTMODSEQ 3] Highest", "* OK [MAILBOXID (F1)] Ok",
        ], "OK [READ-WRITE]")

    static let dialogues: [Dialogue] = [
        Dialogue(
            name: "login", login: false,
            turns: [
                Turn("SELECT INBOX", [], "BAD"),
                Turn("LOGIN alice wrong", [], "NO [AUTHENTICATIONFAILED]"),
                Turn("LOGIN  alice wonderland", [], "BAD"),
                Turn("LOGIN alice", [], "BAD"),
                Turn("login \"alice\" \"wonderland\"", [], "OK [CAPABILITY IMAP4rev1"),
                Turn("LOGIN alice wonderland", [], "BAD"),
                Turn("NONSENSE", [], "BAD"),
                Turn("NOOP", [], "OK"),
                Turn("NOOP extra", [], "BAD"),
            ]),
        Dialogue(
            name: "authenticate with initial response", login: false,
            turns: [
                Turn("AUTHENTICATE SCRAM-SHA-1", [], "NO"),
                Turn("AUTHENTICATE PLAIN AGFsaWNlAHdyb25n", [], "NO [AUTHENTICATIONFAILED]"),
                Turn("AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", [], "OK"),
            ]),
        Dialogue(
            name: "LIST",
            turns: [
                Turn("LIST \"\" \"\"", ["* LIST (\\Noselect) \"/\" \"\""], "OK"),
                Turn(
                    "LIST \"\" *",
                    [
                        "* LIST (\\HasNoChildren) \"/\" \"INBOX\"",
                        "* LIST (\\HasNoChildren \\Archive) \"/\" \"Archive\"",
                        "* LIST (\\Noselect \\HasChildren) \"/\" \"Work\"",
                        "* LIST (\\HasNoChildren) \"/\" \"Work/Plans\"",
                    ], "OK"),
                Turn(
                    "LIST \"\" % RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT))",
                    [
                        "* LIST () \"/\" \"INBOX\"", "* STATUS \"INBOX\" (MESSAGES 2 UIDNEXT 3)",
                        "* LIST (\\Archive) \"/\" \"Archive\"", "* STATUS \"Archive\" (MESSAGES 0 UIDNEXT 1)",
                        "* LIST (\\Noselect) \"/\" \"Work\"",
                    ], "OK"),
                Turn(
                    "LIST (SUBSCRIBED) \"\" (\"*\") RETURN (CHILDREN)",
                    ["* LIST (\\HasNoChildren \\Subscribed) \"/\" \"Work/Plans\""], "OK"),
                Turn(
                    "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %",
                    ["* LIST (\\Noselect) \"/\" \"Work\" (\"CHILDINFO\" (\"SUBSCRIBED\"))"], "OK"),
                Turn("LIST (SPECIAL-USE) \"\" *", ["* LIST (\\Archive) \"/\" \"Archive\""], "OK"),
                Turn("LSUB \"\" *", ["* LSUB () \"/\" \"Work/Plans\""], "OK"),
                Turn("LIST \"\" inbox", ["* LIST (\\HasNoChildren) \"/\" \"INBOX\""], "OK"),
                Turn("NAMESPACE", ["* NAMESPACE ((\"\" \"/\")) NIL NIL"], "OK"),
            ]),
        Dialogue(
            name: "bare server", configuration: .minimal,
            turns: [
                Turn(
                    "LIST \"\" %",
                    ["* LIST () \"/\" \"INBOX\"", "* LIST () \"/\" \"Archive\"", "* LIST (\\Noselect) \"/\" \"Work\""],
                    "OK"),
                Turn("LIST \"\" * RETURN (CHILDREN)", [], "BAD"), Turn("ENABLE QRESYNC", [], "BAD"),
                Turn("IDLE", [], "BAD"), Turn("NOTIFY NONE", [], "BAD"), Turn("ID NIL", [], "BAD"),
                Turn("NAMESPACE", [], "BAD"), Turn("STATUS INBOX (HIGHESTMODSEQ)", [], "BAD"),
                Turn("SELECT INBOX (CONDSTORE)", [], "BAD"),
                Turn(
                    "EXAMINE Archive",
                    [
                        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)", "* 0 EXISTS", "* 0 RECENT",
                        "* OK [PERMANENTFLAGS ()] Flags kept", "* OK [UIDVALIDITY 1700000002] UIDs valid",
                        "* OK [UIDNEXT 1] Predicted next UID",
                    ], "OK [READ-ONLY]"),
                Turn("UID EXPUNGE 1", [], "BAD"), Turn("UID MOVE 1 INBOX", [], "BAD"), Turn("UNSELECT", [], "BAD"),
                Turn("FETCH 1 (MODSEQ)", [], "BAD"),
            ]),
        Dialogue(
            name: "FETCH",
            turns: [
                selectInbox,
                Turn(
                    "UID FETCH 1:* (FLAGS RFC822.SIZE INTERNALDATE)",
                    [
                        "* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 43 INTERNALDATE \"14-Nov-2023 22:13:20 +0000\")",
                        "* 2 FETCH (UID 2 FLAGS ($Label) RFC822.SIZE 45 INTERNALDATE \"14-Nov-2023 22:13:20 +0000\")",
                    ], "OK"),
                Turn("FETCH 2 (UID EMAILID)", ["* 2 FETCH (UID 2 EMAILID (M2))"], "OK"),
                Turn("UID FETCH 9:* FLAGS", ["* 2 FETCH (UID 2 FLAGS ($Label))"], "OK"),
                Turn("UID FETCH 7 FLAGS", [], "OK"), Turn("FETCH 3 FLAGS", [], "BAD"),
                Turn("UID FETCH 0 FLAGS", [], "BAD"), Turn("UID FETCH 1,,2 FLAGS", [], "BAD"),
                Turn("UID FETCH 1 (FLAGS  UID)", [], "BAD"), Turn("UID FETCH 1 (FLAGS", [], "BAD"),
                Turn(
                    "UID FETCH 2 (BODYSTRUCTURE)",
                    ["* 2 FETCH (UID 2 BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7BIT\" 8))"], "OK"),
                Turn("UID FETCH 2 BODY.PEEK[1]", ["* 2 FETCH (UID 2 BODY[1] {8}\r\nsecond\r\n)"], "OK"),
                Turn("UID FETCH 2 BODY.PEEK[0]", [], "BAD"), Turn("UID FETCH 2 BINARY.PEEK[1]", [], "BAD"),
                Turn(
                    "UID FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT X-NONE)]",
                    ["* 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT X-NONE)] {16}\r\nSubject: two\r\n\r\n)"], "OK"),
                Turn("UID FETCH 2 BODY.PEEK[TEXT]", ["* 2 FETCH (UID 2 BODY[TEXT] {8}\r\nsecond\r\n)"], "OK"),
                Turn("UID FETCH 2 BODY.PEEK[]<0.5>", ["* 2 FETCH (UID 2 BODY[]<0> {5}\r\nFrom:)"], "OK"),
                Turn("UID FETCH 2 BODY.PEEK[]<99.5>", ["* 2 FETCH (UID 2 BODY[]<99> {0}\r\n)"], "OK"),
                Turn("UID FETCH 2 (FLAGS)", ["* 2 FETCH (UID 2 FLAGS ($Label))"], "OK"),
                Turn(
                    "UID FETCH 2 BODY[TEXT]",
                    ["* 2 FETCH (UID 2 BODY[TEXT] {8}\r\nsecond\r\n FLAGS ($Label \\Seen))"], "OK"),
            ]),
        Dialogue(
            name: "STORE and mod-sequences",
            turns: [
                selectInbox,
                Turn("UID STORE 1 +FLAGS (\\Flagged)", ["* 1 FETCH (UID 1 FLAGS (\\Seen \\Flagged))"], "OK"),
                Turn("UID STORE 1 -FLAGS.SILENT \\SEEN", [], "OK"),
                Turn("UID STORE 1 FLAGS (\\Recent)", [], "BAD"),
                Turn(
                    "UID FETCH 1 (MODSEQ)", ["* OK [HIGHESTMODSEQ 5] Highest", "* 1 FETCH (UID 1 MODSEQ (5))"], "OK"),
                Turn("UID STORE 1 (UNCHANGEDSINCE 4) +FLAGS.SILENT (x)", [], "OK [MODIFIED 1]"),
                Turn("UID STORE 1 (UNCHANGEDSINCE 5) +FLAGS.SILENT (x)", ["* 1 FETCH (UID 1 MODSEQ (6))"], "OK"),
                Turn("UID STORE 1 +FLAGS (x)", ["* 1 FETCH (UID 1 FLAGS (\\Flagged x) MODSEQ (6))"], "OK"),
                Turn(
                    "UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3)",
                    ["* 1 FETCH (UID 1 FLAGS (\\Flagged x) MODSEQ (6))"], "OK"),
                Turn("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3 VANISHED)", [], "BAD"),
            ]),
        Dialogue(
            name: "copy, move, expunge",
            turns: [
                selectInbox,
                Turn("UID COPY 1:2 Nowhere", [], "NO [TRYCREATE]"),
                Turn("UID COPY 1:2 Archive", [], "OK [COPYUID 1700000002 1:2 1:2]"),
                Turn(
                    "UID MOVE 1 Archive", ["* OK [COPYUID 1700000002 1 3] Moved", "* 1 EXPUNGE"], "OK"),
                Turn("UID MOVE 1 Archive", [], "OK UID MOVE"),
                Turn("UID STORE 2 +FLAGS.SILENT (\\Deleted)", [], "OK"),
                Turn("UID EXPUNGE 1", [], "OK"),
                Turn("UID EXPUNGE 2", ["* 1 EXPUNGE"], "OK"),
                Turn(
                    "STATUS Archive (MESSAGES UIDNEXT SIZE)", ["* STATUS \"Archive\" (MESSAGES 3 UIDNEXT 4 SIZE 131)"],
                    "OK"),
                Turn("STATUS INBOX (MESSAGES UIDNEXT)", ["* STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 3)"], "OK"),
            ]),
        Dialogue(
            name: "read-only",
            turns: [
                Turn("UID FETCH 1 FLAGS", [], "BAD"),
                Turn(
                    "EXAMINE Archive (CONDSTORE)",
                    [
                        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)", "* 0 EXISTS", "* 0 RECENT",
                        "* OK [PERMANENTFLAGS ()] Flags kept", "* OK [UIDVALIDITY 1700000002] UIDs valid",
                        "* OK [UIDNEXT 1] Predicted next UID", "* OK [HIGHESTMODSEQ 1] Highest",
                        "* OK [MAILBOXID (F2)] Ok",
                    ], "OK [READ-ONLY]"),
                Turn("UID STORE 1 +FLAGS (\\Seen)", [], "NO [READ-ONLY]"),
                Turn("EXPUNGE", [], "NO [READ-ONLY]"),
                Turn("CLOSE", [], "OK"), Turn("CHECK", [], "BAD"),
            ]),
        Dialogue(
            name: "folders",
            turns: [
                Turn("CREATE Work", [], "OK"), Turn("CREATE Work", [], "NO [ALREADYEXISTS]"),
                Turn("CREATE a//b", [], "NO [CANNOT]"), Turn("CREATE \"a&b\"", [], "NO [CANNOT]"),
                Turn("CREATE \"a&-b/c\"", [], "OK"), Turn("CREATE Bin (USE (\\Trash))", [], "OK"),
                Turn("LIST (SPECIAL-USE) \"\" B*", ["* LIST (\\Trash) \"/\" \"Bin\""], "OK"),
                Turn("SUBSCRIBE Bin", [], "OK"), Turn("SUBSCRIBE None", [], "NO"), Turn("UNSUBSCRIBE Bin", [], "OK"),
                Turn("RENAME Work Work/Sub", [], "NO"), Turn("RENAME None X", [], "NO [NONEXISTENT]"),
                Turn("RENAME Work Job", [], "OK"),
                Turn("STATUS Job/Plans (MESSAGES)", ["* STATUS \"Job/Plans\" (MESSAGES 0)"], "OK"),
                Turn("DELETE Job", [], "OK"), Turn("DELETE Job", [], "NO [HASCHILDREN]"),
                Turn("SELECT Job", [], "NO [NONEXISTENT]"), Turn("DELETE Job/Plans", [], "OK"),
                Turn("DELETE Job", [], "OK"), Turn("DELETE Job", [], "NO [NONEXISTENT]"),
                Turn("DELETE INBOX", [], "NO"),
            ]),
        Dialogue(
            name: "SEARCH",
            turns: [
                selectInbox,
                Turn("UID SEARCH ALL", ["* SEARCH 1 2"], "OK"), Turn("UID SEARCH UNSEEN", ["* SEARCH 2"], "OK"),
                Turn("UID SEARCH UID 2:*", ["* SEARCH 2"], "OK"), Turn("SEARCH 1", ["* SEARCH 1"], "OK"),
                Turn("UID SEARCH HEADER Subject TWO", ["* SEARCH 2"], "OK"),
                Turn("UID SEARCH SINCE 15-Nov-2023", ["* SEARCH"], "OK"),
                Turn("UID SEARCH NOT KEYWORD $label", ["* SEARCH 1"], "OK"),
                Turn("UID SEARCH OR SEEN (UNSEEN SMALLER 10)", ["* SEARCH 1"], "OK"),
                Turn("UID SEARCH RETURN (MIN COUNT) ALL", ["* ESEARCH (TAG \"t10\") UID MIN 1 COUNT 2"], "OK"),
                Turn("UID SEARCH RETURN () ALL", ["* ESEARCH (TAG \"t11\") UID ALL 1:2"], "OK"),
                Turn("UID SEARCH FOO", [], "BAD"),
            ]),
        Dialogue(
            name: "quota",
            turns: [
                Turn("GETQUOTAROOT INBOX", ["* QUOTAROOT \"INBOX\" \"\"", "* QUOTA \"\" ()"], "OK"),
                Turn("GETQUOTA \"\"", ["* QUOTA \"\" ()"], "OK"),
            ]),
    ]

    @Test(arguments: dialogues)
    func answersAsTheRFCsSay(_ dialogue: Dialogue) throws {
        let server = try makeServer(dialogue.configuration)
        let client = try RawClient(server)
        if dialogue.login { try client.send("x LOGIN alice wonderland\r\n") }
        if dialogue.login { _ = try client.answer("x") }
        for turn in dialogue.turns {
            var lines = try client.run(turn.command)
            let completion = lines.removeLast()
            #expect(lines == turn.untagged, "\(turn.command)")
            #expect(completion.hasPrefix(turn.completion), "\(turn.command): \(completion)")
        }
    }
}
