/// What a server can do, as far as this client has a use for it; the raw value is the name on the wire.
public enum Capability: String, Sendable, Hashable, CaseIterable {
    /// RFC 3501
    case imap4rev1 = "IMAP4REV1"
    /// RFC 9051
    case imap4rev2 = "IMAP4REV2"
    /// RFC 7888
    case literalPlus = "LITERAL+"
    /// RFC 7888: at most 4,096 octets.
    case literalMinus = "LITERAL-"
    /// RFC 4959
    case saslIR = "SASL-IR"
    /// RFC 2971
    case id = "ID"
    /// RFC 5161
    case enable = "ENABLE"
    /// RFC 2342
    case namespace = "NAMESPACE"
    /// RFC 5258
    case listExtended = "LIST-EXTENDED"
    /// RFC 5819
    case listStatus = "LIST-STATUS"
    /// RFC 9590
    case listMetadata = "LIST-METADATA"
    /// RFC 6154
    case specialUse = "SPECIAL-USE"
    /// RFC 6154
    case createSpecialUse = "CREATE-SPECIAL-USE"
    /// RFC 3348
    case children = "CHILDREN"
    /// RFC 4315
    case uidPlus = "UIDPLUS"
    /// RFC 6851
    case move = "MOVE"
    /// RFC 3691
    case unselect = "UNSELECT"
    /// RFC 2177
    case idle = "IDLE"
    /// RFC 5465
    case notify = "NOTIFY"
    /// RFC 7162
    case condstore = "CONDSTORE"
    /// RFC 7162
    case qresync = "QRESYNC"
    /// RFC 4731
    case esearch = "ESEARCH"
    /// RFC 5182
    case searchRes = "SEARCHRES"
    /// RFC 8474
    case objectID = "OBJECTID"
    /// RFC 9208
    case quota = "QUOTA"
    /// RFC 4978
    case compressDeflate = "COMPRESS=DEFLATE"
    /// RFC 6855
    case utf8Accept = "UTF8=ACCEPT"
    /// RFC 6855
    case utf8Only = "UTF8=ONLY"
    /// Gmail's extensions
    case gmail = "X-GM-EXT-1"
    /// RFC 3501 section 6.2.1
    case startTLS = "STARTTLS"
    /// RFC 3501 section 6.2.3
    case loginDisabled = "LOGINDISABLED"
    /// RFC 3502
    case multiAppend = "MULTIAPPEND"
    /// RFC 8438
    case statusSize = "STATUS=SIZE"
    /// RFC 3516
    case binary = "BINARY"
    /// RFC 5032
    case within = "WITHIN"
}
