import Testing

/// What servers say, written in their manner: `S:` lines end with CRLF on the wire.
struct Transcript: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    /// Responses, streamed literals not counted.
    let responses: Int

    var testDescription: String { name }

    init(_ name: String, responses: Int, lineEnd: String = "\r\n", _ text: String) {
        self.name = name
        self.responses = responses
        bytes =
            text.split(separator: "\n").filter { $0.hasPrefix("S: ") || $0 == "S:" }
            .map { String($0.dropFirst(3)) + lineEnd }.joined().octets
    }

    static let all: [Transcript] = [
        Transcript(
            "Dovecot", responses: 21,
            #"""
            S: * OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] ready.
            S: a OK [CAPABILITY IMAP4rev1 CONDSTORE QRESYNC MOVE UIDPLUS SPECIAL-USE NOTIFY] Logged in
            S: * ENABLED QRESYNC
            S: b OK Enabled (0.001 + 0.000 secs).
            S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded)
            S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded \*)] Flags permitted.
            S: * 3 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY 1700000000] UIDs valid
            S: * OK [UIDNEXT 4392] Predicted next UID
            S: * OK [HIGHESTMODSEQ 715194045007] Highest
            S: * VANISHED (EARLIER) 41,43:116,118,120:211
            S: * 1 FETCH (UID 4387 FLAGS (\Seen) MODSEQ (12121231777))
            S: c OK [READ-WRITE] Select completed (0.002 + 0.000 + 0.001 secs).
            S: * 1 FETCH (UID 4387 RFC822.SIZE 4286 INTERNALDATE "17-Jul-1996 02:44:25 -0700" BODY[HEADER.FIELDS (SUBJECT FROM)] {24}
            S: Subject: a (b) {3}
            S:
            S:
            S: )
            S: * 2 FETCH (UID 4388 BODY[] {26}
            S: From: a@b
            S:
            S: line
            S: end
            S:  FLAGS ())
            S: * 3 FETCH (UID 4389 BODY[] NIL)
            S: d OK [EXPUNGEISSUED] Some messages were gone
            S: * STATUS "Sent Messages" (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 1 UNSEEN 0 HIGHESTMODSEQ 7 SIZE 9999999999)
            S: * LIST (\HasNoChildren \Sent) "/" "Sent Messages"
            S: * BYE Logging out
            """#),
        Transcript(
            "Cyrus", responses: 12,
            #"""
            S: * OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE AUTH=SCRAM-SHA-256 SASL-IR] imap Cyrus IMAP 3.6 server ready
            S: * ID ("name" "Cyrus IMAPD" "version" "3.6.1" "os" NIL "support-url" "https://www.example.org/")
            S: * LIST (\HasNoChildren \drafts) "." INBOX.Drafts
            S: * LIST (\HasChildren) "." "INBOX.with \"quote\" and \\"
            S: * LIST (\NonExistent \HasChildren) "." {9}
            S: INBOX.a b ("CHILDINFO" ("SUBSCRIBED"))
            S: * NAMESPACE (("INBOX." ".")) (("user." ".")) (("" "."))
            S: * 5 FETCH (FLAGS (\Recent \Seen) UID 9 MODSEQ (33) EMAILID (M6d99ac3275bb4e) THREADID NIL)
            S: * QUOTAROOT INBOX user.alice
            S: * QUOTA user.alice (STORAGE 10 51200 MESSAGE 3 1000)
            S: * ESEARCH (TAG "a7") UID MIN 2 MAX 47 COUNT 25 ALL 2,10:15,47 MODSEQ 91
            S: a8 OK [COPYUID 38505 304,319:320 3956:3958] Completed
            S: a9 NO [HASCHILDREN] Mailbox has children
            """#),
        Transcript(
            "Courier", responses: 7,
            #"""
            S: * OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE IDLE IDLE] Courier-IMAP ready.
            S: * LIST (\Marked \HasChildren) "." "INBOX"
            S: * LIST (\HasNoChildren) "." INBOX.&ZeVnLIqe-
            S: * 1 FETCH (BODY[HEADER.FIELDS ("SUBJECT" "FROM")] {12}
            S: Subject: x
            S:  UID 1)
            S: * NO Cannot open message 999
            S: a3 OK FETCH completed.
            S: a4 OK [APPENDUID 1 77] APPEND Ok.
            """#),
        Transcript(
            "GNU mailutils", responses: 6, lineEnd: "\n",
            #"""
            S: * OK IMAP4rev1 GNU mailutils ready
            S: * LIST () "/" {5}
            S: a/b c
            S: * LIST () NIL INBOX
            S: * 4 EXPUNGED
            S: * 1 FETCH (UID 1 BODY[] "")
            S: x OK Completed
            """#),
        Transcript(
            "pymap", responses: 6,
            #"""
            S: + 
            S: * 1 FETCH (EMAILID ((M0123)) BODY[] {0}
            S:  UID 4)
            S: * ID NIL
            S: * SEARCH 2 3 5
            S: * SEARCH
            S: a BAD SEARCH: [Expected end of line] {7}
            """#),
        Transcript(
            "Twisted", responses: 5,
            #"""
            S: * LIST (\Seen \Answered) "/" "INBOX"
            S: * 2 FETCH (BODY[]<0.100> {6}
            S: abcdef UID 2)
            S: * 2 FETCH (BODY[HEADER.FIELDS (Subject)] "Subject: \"x\"" UID 2)
            S: * FLAGS (\Seen)
            S: 0003 OK done
            """#),
    ]
}
