/// What an ``InMemoryServer`` claims, accepts and how it writes; good behaviour throughout. Bad behaviour on
/// purpose is ``Misbehaviour``.
public struct ServerConfiguration: Sendable {
    /// What the server claims before login. What is in neither list does not work either.
    public var capabilitiesBeforeLogin: [String]
    /// What it claims after login, and obeys.
    public var capabilities: [String]
    public var user = "alice"
    public var password = "wonderland"
    /// Accepted by XOAUTH2 and OAUTHBEARER.
    public var token = "let-me-in"
    /// PREAUTH instead of OK: nobody needs to log in.
    public var greetsAuthenticated = false
    /// SASL mechanisms: PLAIN, LOGIN, XOAUTH2, OAUTHBEARER are known.
    public var mechanisms: [String] = ["PLAIN"]
    /// One ASCII character, or nil for a server without hierarchy.
    public var separator: Character? = "/"
    public var firstUIDValidity: UInt32 = 1_700_000_001
    /// The first UID of each new folder.
    public var firstUID: UInt32 = 1
    /// Whether greeting and login tell the capabilities by themselves.
    public var tellsCapabilities = true
    /// A plain LIST also tells special uses; RFC 6154 section 2 leaves it to the server.
    public var specialUseInPlainList = true
    public var nameStyle: StringStyle = .quoted
    /// Makes RFC822.SIZE differ from the length of the message: called with UID and length.
    public var sizeLie: (@Sendable (_ uid: UInt32, _ size: Int) -> Int)?
    /// What is kept of an uploaded message.
    public var stored: (@Sendable ([UInt8]) -> [UInt8])?
    /// What FETCH says of a message expunged elsewhere that this session does not know to be gone.
    public var expungedElsewhere: ExpungedElsewhere = .leftOut
    /// What a session sees when its folder is deleted or renumbered under it.
    public var folderLost: FolderLost = .disconnect
    /// A command on UIDs is BAD where one that is written in its set is not there, as with GNU mailutils.
    public var refusesAbsentUID = false
    /// COPY makes empty messages, as pymap's does.
    public var copiesNothing = false
    /// DELETE and RENAME of the folder that the session has selected, or of one above it, are NO, and so is APPEND to one that it has
    /// opened with EXAMINE.
    public var refusesSelectedFolder = false
    /// Most octets of a message; more is refused with [TOOBIG]. Told as APPENDLIMIT where that is claimed.
    public var largestMessage = 64 << 20
    /// Octets that all messages together may take; nil is no limit.
    public var quota: Int?
    /// Most sessions logged in at once; one more is refused with [LIMIT].
    public var sessionLimit: Int?
    /// Longest command line in octets; a longer one ends the connection.
    public var longestLine = 65_536
    /// Whether keywords that no message has yet may be set.
    public var newKeywords = true
    /// Sessions that have asked LIST leave out folders that came since, as Dovecot's may.
    public var listsAsBefore = false
    /// Flags that STORE says OK to, and does not keep (RFC 4314, rights `t`, `s`, `w`), lower case.
    public var unkeptFlags: [String] = []
    public var unkeptAnswer = UnkeptAnswer.told
    /// Whether PERMANENTFLAGS has them all the same.
    public var claimsUnkeptFlags = true

    public enum UnkeptAnswer: Sendable {
        /// STORE tells the flags that a message has.
        case told
        /// STORE tells of messages alone that were changed.
        case untold
    }
    /// Off saves memory where very much is transferred.
    public var recordsTranscript = true

    public enum StringStyle: Sendable { case atom, quoted, literal }

    public enum ExpungedElsewhere: Sendable {
        /// Nothing, and `OK [EXPUNGEISSUED]`.
        case leftOut
        /// The old flags, and NIL for each body, as Dovecot.
        case nilBody
        /// The old flags, and an empty body.
        case emptyBody
        /// A message that nobody sent, as Courier.
        case madeUp
    }

    public enum FolderLost: Sendable {
        /// BYE, and the connection is closed.
        case disconnect
        /// All messages are told to be expunged; then every command on them is NO.
        case expunge
    }

    public init(capabilities: [String], beforeLogin: [String]? = nil) {
        self.capabilities = capabilities
        let early: Set<String> = ["IMAP4REV1", "ID", "ENABLE", "SASL-IR", "LITERAL+", "LITERAL-", "IDLE"]
        capabilitiesBeforeLogin =
            beforeLogin
            ?? capabilities.filter { early.contains($0.uppercased()) || $0.uppercased().hasPrefix("AUTH=") }
            + ["AUTH=PLAIN"]
    }

    /// Everything that the server knows.
    public static let full = ServerConfiguration(capabilities: [
        "IMAP4rev1", "LITERAL+", "SASL-IR", "ID", "ENABLE", "IDLE", "NAMESPACE", "CHILDREN", "UIDPLUS", "MOVE",
        "UNSELECT", "CONDSTORE", "QRESYNC", "ESEARCH", "MULTIAPPEND", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE",
        "CREATE-SPECIAL-USE", "NOTIFY", "QUOTA", "OBJECTID", "STATUS=SIZE", "APPENDLIMIT",
    ])

    /// RFC 3501 and nothing else.
    public static let minimal = ServerConfiguration(capabilities: ["IMAP4rev1"])

    /// As ``full``, without QRESYNC.
    public static let noQResync = full.without("QRESYNC")

    /// As ``full``, without QRESYNC and CONDSTORE.
    public static let noCondStore = full.without("QRESYNC", "CONDSTORE", "NOTIFY")

    /// RFC 3501 with IDLE.
    public static let idleOnly = ServerConfiguration(capabilities: ["IMAP4rev1", "IDLE"])

    /// The same without some capabilities.
    public func without(_ names: String...) -> ServerConfiguration {
        var copy = self
        let names = Set(names.map { $0.uppercased() })
        copy.capabilities.removeAll { names.contains($0.uppercased()) }
        copy.capabilitiesBeforeLogin.removeAll { names.contains($0.uppercased()) }
        return copy
    }

    /// The same with more capabilities after login.
    public func with(_ names: String...) -> ServerConfiguration {
        var copy = self
        copy.capabilities += names
        return copy
    }

    func offers(_ capability: String, authenticated: Bool = true) -> Bool {
        let list = authenticated ? capabilities : capabilitiesBeforeLogin
        return list.contains { $0.uppercased() == capability }
    }
}
