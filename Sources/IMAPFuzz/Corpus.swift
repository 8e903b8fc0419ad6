/// Where mutation starts: one response or a few per entry, and the words of the grammar to put in.
enum Corpus {
    static let entries: [[UInt8]] = [
        "* OK [CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN] ready\r\na OK [READ-WRITE] done\r\n+ go\r\n",
        "* OK [PERMANENTFLAGS (\\Answered a]b \\*)] x\r\n* OK [UIDVALIDITY 1700000000]\r\n* OK [HIGHESTMODSEQ 0] y\r\n",
        "* 12 FETCH (UID 4827 FLAGS (\\Seen $x) RFC822.SIZE 44827 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" MODSEQ (9))\r\n",
        "* 1 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT \"FROM\")] {8}\r\nA: b\r\n\r\n)\r\n* 2 FETCH (BODY[]<0> {26}\r\n"
            + "abcdefghijklmnopqrstuvwxyz UID 3)\r\n",
        "* 1 FETCH (ENVELOPE (\"d\" {3}\r\na\"b ((NIL NIL \"m\" \"h\")) NIL) EMAILID ((M1)) X-GM-MSGID 12 BODY[] NIL)\r\n",
        "* 1 FETCH (UID 3 X-GM-LABELS (\"\\\\Inbox\" \\Sent \"a b\" NIL {1}\r\nx &AOQ-) FLAGS ())\r\n",
        "* LIST (\\HasChildren \\drafts) \"/\" \"a \\\"b\\\" c\"\r\n* LIST () NIL {3}\r\nx\ny (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
        "* STATUS \"a\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 HIGHESTMODSEQ 5 SIZE 5000000000 MAILBOXID (F2) X (y))\r\n",
        "* VANISHED (EARLIER) 300:310,405,9:1\n* SEARCH 2 84 882 (MODSEQ 917162500)\r\n* 44 EXPUNGED\r\n* 3 EXISTS\r\n",
        "* ESEARCH (TAG \"A282\") UID MIN 2 MAX 47 COUNT 25 ALL 2,10:15 MODSEQ 9 X (a (b) \"c\")\r\n",
        "* NAMESPACE ((\"\" \"/\")(\"#mh/\" NIL \"X\" (\"a\"))) NIL NIL\r\n* ID (\"name\" \"Cyrus\" \"os\" NIL)\r\n",
        "* QUOTAROOT INBOX \"\" b\r\n* QUOTA \"\" (STORAGE 10 512 MESSAGE 1 2)\r\n* ENABLED QRESYNC\r\n",
        "a OK [COPYUID 38505 304,319:320 3956:3958] x\r\nb NO [APPENDUID 1 2:3]\r\nc BAD [COPYUID 14  ]\r\n* BYE {5}\r\n",
    ].map { Array($0.utf8) }

    static let words: [[UInt8]] = [
        "(", ")", "((", "\"", "\\", "[", "]", "<", ">", "{", "}", "{3}\r\n", "{0}\r\n", "{30}\r\n", "{200}\r\n",
        "{99999999999999999999}\r\n", "~{2}\r\n", "\r\n", "\n", "\r", " ", "  ", "NIL", "*", "+", "4294967295",
        "4294967296", "18446744073709551615", "18446744073709551616", "0", ":", ",", "\u{0}", "BODY[", "BODY[]<0.9>",
        "FLAGS (", "UID ", "MODSEQ (", "EMAILID (", "INTERNALDATE \"", "* 1 FETCH (", "* OK [", "[COPYUID 1 2 3]",
        "VANISHED", "-9223372036854775808", "é",
    ].map { Array($0.utf8) }
}
