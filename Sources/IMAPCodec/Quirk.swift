/// Every tolerance beyond the RFCs: what is accepted, who sends it, and where that was seen. Each has a test of its name;
/// nowhere else is parsing liberal.
public enum Quirk: String, Sendable, CaseIterable {
    /// A line ends with LF alone. GNU mailutils does so after AUTHENTICATE.
    case bareLineFeed
    /// Several blanks where the grammar has one, none before a parenthesis, or blanks at the end of a line. Seen in STATUS,
    /// FLAGS, CAPABILITY and SEARCH of several servers (modern-email/defects#9, #24, #48; jakartaee/mail-api#209).
    case strayBlanks
    /// NUL, CR and 8-bit octets inside a quoted string. GNU mailutils lists names in raw 8 bits.
    case octetsInQuoted
    /// An atom where a string is due, or a literal where an atom is usual. The six servers measured write the names of one
    /// LIST in any mixture of the three.
    case anyStringForm
    /// Something else where a number is due, or one too large: the item counts as absent. mail.ru writes `9.3736e+06`
    /// (jstedfast/MailKit#1838), others `-1` (modern-email/defects#27).
    case unreadableNumber
    /// An INTERNALDATE that is no date counts as absent: day 00, zone +9900 (jstedfast/MailKit#1236,
    /// thunderbird/thunderbird-android#8714).
    case unreadableDate
    /// A day of one digit without a blank in front (rtucker/imap2maildir#26).
    case oneDigitDay
    /// `EMAILID ((…))`: pymap doubles the parentheses.
    case doubledParentheses
    /// `* 3 EXPUNGED` counts as EXPUNGE: GNU mailutils.
    case expunged
    /// Field names of `BODY[HEADER.FIELDS (…)]` come back quoted from Courier and in other case from Twisted, so any header
    /// section counts as the one asked for.
    case fieldNames
    /// `* 3 FETCH FLAGS (\Seen)`, the items' own parentheses left out: GNU mailutils tells so during IDLE and NOOP which flags
    /// another session has changed.
    case unenclosedItems
    /// `BODY[]<0.100>`: Twisted repeats the length that was asked for, and sends the whole message.
    case originWithLength
    /// An item `BODY[]` without value counts as NIL. iCloud answers some items without data (modern-email/defects#36).
    case missingSection
    /// Flags with brackets, parentheses, quotes or 8-bit octets are kept as they are; one with a blank counts as two. Gmail sends
    /// them (ruby/net-imap#241).
    case oddFlags
    /// An atom with blanks in it where a mailbox's name stands: the rest of LIST, and of STATUS up to its list, is the name. Seen from
    /// servers of one's own making, which quote nothing.
    case blankInAtom
    /// A status response ends after its kind or its code. Gmail: `* OK [HIGHESTMODSEQ n]` (modern-email/defects#28).
    case missingText
    /// A response code whose value cannot be read counts as an unknown one. Exchange: `[COPYUID 14  ]`
    /// (jstedfast/MailKit#555).
    case unreadableCode
    /// An objectid with octets that are not printable ASCII counts as absent, and so does the rest of a STATUS whose MAILBOXID cannot be
    /// read: Cyrus 3.6 writes octets out of its memory there, now and then. A folder is known again by it.
    case unreadableObjectID
    /// `HIGHESTMODSEQ 0` counts as NOMODSEQ (modern-email/defects#29).
    case zeroModSeq
    /// STATUS with an empty list, or with none (modern-email/defects#15).
    case emptyStatus
    /// `+` without a blank behind it (imap-codec has a switch for it).
    case continuationWithoutBlank
    /// BYE with a tag. Yandex repeats BYE where an answer is due (jstedfast/MailKit#938).
    case taggedBye
}
