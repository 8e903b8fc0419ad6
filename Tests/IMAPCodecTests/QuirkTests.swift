import IMAPCodec
import IMAPValue
import Testing

@Suite("Quirks")
struct QuirkTests {
    /// One line of each server as it comes over the wire, and what it is read as.
    private static func example(of quirk: Quirk) -> [(wire: String, expected: Response)] {
        func fetch(_ change: (inout FetchResponse) -> Void) -> Response {
            var fetch = FetchResponse(sequenceNumber: 1)
            change(&fetch)
            return .untagged(.fetch(fetch))
        }
        switch quirk {
        case .bareLineFeed:
            return [("* 2 EXISTS\n", .untagged(.exists(2)))]
        case .strayBlanks:
            return [
                (
                    "*  STATUS  a  ( MESSAGES  3 ) \r\n",
                    .untagged(.mailboxStatus(.init(rawName: "a".octets, messages: 3)))
                ),
                ("* FLAGS (\\Seen ) \r\n", .untagged(.flags(Flags(system: .seen)))),
                ("* SEARCH 1 \r\n", .untagged(.search([1], nil))),
                ("* CAPABILITY IDLE \r\n", .untagged(.capability(Capabilities(["IDLE"])))),
                (
                    "* 1 FETCH(UID 2 FLAGS(\\Seen)RFC822.SIZE 3)\r\n",
                    fetch {
                        $0.uid = UID(2)
                        $0.flags = Flags(system: .seen)
                        $0.size = 3
                    }
                ),
            ]
        case .octetsInQuoted:
            return [
                (
                    "* LIST () \"/\" \"a\u{0}\rä\"\r\n",
                    .untagged(.list(.init(rawName: "a\u{0}\rä".octets, separator: 0x2F)))
                )
            ]
        case .anyStringForm:
            return [
                ("* ID (name {1}\r\nx)\r\n", .untagged(.id([IDField("name", "x")]))),
                ("* LIST () / a\r\n", .untagged(.list(.init(rawName: "a".octets, separator: 0x2F)))),
                ("* STATUS {1}\r\na (UNSEEN 1)\r\n", .untagged(.mailboxStatus(.init(rawName: "a".octets, unseen: 1)))),
            ]
        case .unreadableNumber:
            return [
                ("* 1 FETCH (RFC822.SIZE 9.3736e+06 UID 2)\r\n", fetch { $0.uid = UID(2) }),
                ("* 1 FETCH (RFC822.SIZE -1 UID 2)\r\n", fetch { $0.uid = UID(2) }),
                ("* 1 FETCH (RFC822.SIZE 99999999999999999999 UID 2)\r\n", fetch { $0.uid = UID(2) }),
                ("* 1 FETCH (RFC822.SIZE NIL UID 4294967296)\r\n", fetch { _ in }),
            ]
        case .unreadableDate:
            return [
                ("* 1 FETCH (INTERNALDATE \"00-Jan-0000 00:00:00 +0000\" UID 2)\r\n", fetch { $0.uid = UID(2) }),
                ("* 1 FETCH (INTERNALDATE \"01-Jan-2000 00:00:00 +9900\" UID 2)\r\n", fetch { $0.uid = UID(2) }),
                ("* 1 FETCH (INTERNALDATE NIL UID 2)\r\n", fetch { $0.uid = UID(2) }),
            ]
        case .oneDigitDay:
            return [("* 1 FETCH (INTERNALDATE \"2-Jan-1970 00:00:00 +0000\")\r\n", fetch { $0.internalDate = 86_400 })]
        case .doubledParentheses:
            return [("* 1 FETCH (EMAILID ((M1)))\r\n", fetch { $0.emailID = "M1".octets })]
        case .expunged:
            return [("* 3 EXPUNGED\r\n", .untagged(.expunge(3)))]
        case .fieldNames:
            return [
                (
                    "* 1 FETCH (BODY[HEADER.FIELDS (\"SUBJECT\" \"]\")] NIL)\r\n",
                    fetch {
                        $0.section = .init(part: .header, content: .absent)
                    }
                ),
                (
                    "* 1 FETCH (body[header.fields ({7}\r\nSubject)] NIL)\r\n",
                    fetch {
                        $0.section = .init(part: .header, content: .absent)
                    }
                ),
            ]
        case .unenclosedItems:
            return [
                (
                    "* 3 FETCH FLAGS (\\Seen)\r\n",
                    .untagged(.fetch(.init(sequenceNumber: 3, flags: Flags(system: .seen))))
                )
            ]
        case .originWithLength:
            return [
                (
                    "* 1 FETCH (BODY[]<7.100> NIL)\r\n",
                    fetch {
                        $0.section = .init(part: .whole, origin: 7, content: .absent)
                    }
                )
            ]
        case .missingSection:
            return [
                (
                    "* 1 FETCH (UID 2 BODY[] )\r\n",
                    fetch {
                        $0.uid = UID(2)
                        $0.section = .init(part: .whole, content: .absent)
                    }
                )
            ]
        case .oddFlags:
            return [
                (
                    "* FLAGS (a]b \"c d\" e f \\Seen)\r\n",
                    .untagged(.flags(Flags(system: .seen, keywords: ["a]b", "c d", "e", "f"])))
                ),
                (
                    "* 1 FETCH (FLAGS (a(b \\Seen c\"d (e) UID 2)\r\n",
                    fetch {
                        $0.uid = UID(2)
                        $0.flags = Flags(system: .seen, keywords: ["a(b", "c\"d", "(e"])
                    }
                ),
                (
                    "* 1 FETCH (FLAGS (a(b) \\Seen (c)d) UID 2)\r\n",
                    fetch {
                        $0.uid = UID(2)
                        $0.flags = Flags(system: .seen, keywords: ["a(b)", "(c)d"])
                    }
                ),
                ("* FLAGS (a(b))\r\n", .untagged(.flags(Flags(keywords: ["a(b)"])))),
                (
                    "* OK [PERMANENTFLAGS (a]b \\*)] x\r\n",
                    .untagged(
                        .status(
                            .init(
                                kind: .ok, code: .permanentFlags(Flags(keywords: ["a]b"]), allowsNew: true), text: "x"))
                    )
                ),
            ]
        case .blankInAtom:
            return [
                (
                    "* LIST () \"/\" Sent Messages\r\n",
                    .untagged(.list(.init(rawName: "Sent Messages".octets, separator: 0x2F)))
                ),
                (
                    "* STATUS Sent Messages (MESSAGES 3)\r\n",
                    .untagged(.mailboxStatus(.init(rawName: "Sent Messages".octets, messages: 3)))
                ),
            ]
        case .missingText:
            return [
                (
                    "* OK [HIGHESTMODSEQ 7]\r\n",
                    .untagged(.status(.init(kind: .ok, code: ModSequence(7).map { .highestModSeq($0) })))
                ),
                ("a NO\r\n", .tagged(tag: "a".octets, .init(kind: .no))),
            ]
        case .unreadableCode:
            return [
                (
                    "a OK [COPYUID 14  ] done\r\n",
                    .tagged(tag: "a".octets, .init(kind: .ok, code: .other("COPYUID"), text: "done"))
                ),
                ("* OK [UIDNEXT 0] x\r\n", .untagged(.status(.init(kind: .ok, code: .other("UIDNEXT"), text: "x")))),
            ]
        case .unreadableObjectID:
            let status = MailboxStatus(rawName: "a".octets, messages: 3)
            return [
                ("* STATUS a (MESSAGES 3 MAILBOXID (x\u{C3}\u{1}y))\r\n", .untagged(.mailboxStatus(status))),
                ("* STATUS a (MESSAGES 3 MAILBOXID ((N!(U))\r\n", .untagged(.mailboxStatus(status))),
                ("* STATUS a (MESSAGES 3 MAILBOXID (\"x))\r\n", .untagged(.mailboxStatus(status))),
                ("* STATUS a (MESSAGES 3 MAILBOXID ())\r\n", .untagged(.mailboxStatus(status))),
                ("* STATUS a (MESSAGES 3 MAILBOXID (\"\"))\r\n", .untagged(.mailboxStatus(status))),
            ]
        case .zeroModSeq:
            return [("* OK [HIGHESTMODSEQ 0] x\r\n", .untagged(.status(.init(kind: .ok, code: .noModSeq, text: "x"))))]
        case .emptyStatus:
            return [
                ("* STATUS a ()\r\n", .untagged(.mailboxStatus(.init(rawName: "a".octets)))),
                ("* STATUS a\r\n", .untagged(.mailboxStatus(.init(rawName: "a".octets)))),
            ]
        case .continuationWithoutBlank:
            return [("+\r\n", .continuation(text: [])), ("+go\r\n", .continuation(text: "go".octets))]
        case .taggedBye:
            return [("a BYE x\r\n", .tagged(tag: "a".octets, .init(kind: .bye, text: "x")))]
        }
    }

    @Test("are read as promised", arguments: Quirk.allCases)
    func tolerated(quirk: Quirk) {
        for (wire, expected) in Self.example(of: quirk) {
            guard case .response(let response, _) = replay(wire.octets).first else {
                Issue.record("\(wire): \(replay(wire.octets))")
                continue
            }
            #expect(response == expected)
        }
    }
}
