public import IMAPValue

/// What a server tells of one message (RFC 3501 section 7.4.2). A server may tell more, or of another message, than was
/// asked; items that this client never asks for are skipped whole.
///
/// ```
/// S: * 12 FETCH (UID 4827 FLAGS (\Seen) RFC822.SIZE 44827 MODSEQ (917162500))
/// ```
public struct FetchResponse: Sendable, Hashable {
    /// Means something only between two EXPUNGE; never an identity.
    public var sequenceNumber: UInt32
    public var uid: UID?
    public var flags: Flags?
    /// RFC822.SIZE in octets, which is wrong on some servers.
    public var size: UInt64?
    /// INTERNALDATE in seconds since 1970; nil when absent or unreadable.
    public var internalDate: Int64?
    public var modSequence: ModSequence?
    /// RFC 8474
    public var emailID: [UInt8]?
    /// X-GM-MSGID
    public var gmailMessageID: UInt64?
    /// X-GM-LABELS as they came, in modified UTF-7 mostly; at most `mostLabels`, what is beyond is left out.
    public var gmailLabels: [[UInt8]]?
    /// The first `BODY[…]`, `BINARY[…]` or `BINARY.SIZE[…]` item.
    public var section: FetchedSection?
    /// nil also where what came cannot be read.
    public var structure: BodyStructure?

    public init(
        sequenceNumber: UInt32, uid: UID? = nil, flags: Flags? = nil, size: UInt64? = nil, internalDate: Int64? = nil,
        modSequence: ModSequence? = nil, emailID: [UInt8]? = nil, gmailMessageID: UInt64? = nil,
        gmailLabels: [[UInt8]]? = nil, section: FetchedSection? = nil, structure: BodyStructure? = nil
    ) {
        self.sequenceNumber = sequenceNumber
        self.uid = uid
        self.flags = flags
        self.size = size
        self.internalDate = internalDate
        self.modSequence = modSequence
        self.emailID = emailID
        self.gmailMessageID = gmailMessageID
        self.gmailLabels = gmailLabels
        self.section = section
        self.structure = structure
    }

    /// More labels than this nobody gave a message.
    public static let mostLabels = 1_000
}

/// A `BODY[…]`, `BINARY[…]` or `BINARY.SIZE[…]` item of a FETCH (RFC 3501 section 6.4.5, RFC 3516).
///
/// ```
/// S: * 1 FETCH (UID 7 BODY[]<0> {5}       part .whole, origin 0
/// ```
public struct FetchedSection: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        /// `BODY[]`
        case whole
        /// `BODY[HEADER]`, or `BODY[HEADER.FIELDS (…)]` with whatever names.
        case header
        /// `BODY[1.2]`
        case part(PartNumber)
        /// `BODY[1.2.MIME]`
        case partHeader(PartNumber)
        /// `BINARY[1.2]`
        case decodedPart(PartNumber)
        /// `BINARY.SIZE[1.2]`: the content is a number in decimal digits.
        case decodedSize(PartNumber)
        case other
    }

    public var part: Part
    /// The first octet's place in the part, where the server names one (`<0>`).
    public var origin: UInt64?
    public var content: SectionContent

    public init(part: Part, origin: UInt64? = nil, content: SectionContent) {
        self.part = part
        self.origin = origin
        self.content = content
    }
}

/// Where the octets of a section are.
public enum SectionContent: Sendable, Hashable {
    /// NIL: mostly a message that was expunged meanwhile. Not the same as an empty string.
    case absent
    /// A range of `Frame.bytes`.
    case inline(Range<Int>)
    /// A quoted string in which something was escaped.
    case copied([UInt8])
    /// They passed as a streamed literal of this length.
    case streamed(octets: UInt64)
}
