internal import Digest
internal import MailMessage
internal import PosixFile

/// What of a text is left whatever a server makes of it when it stores it: read once, it tells which of many may be the same message.
struct StoredTraits: Hashable {
    enum Relation: Hashable {
        /// The bodies are the same but for what servers change: their headers decide.
        case sameBody
        /// Another body, the same Message-ID and Date.
        case similar
        case different
    }

    let size: UInt64
    /// SHA-256 of the body as `StoredForm` has it; nil where the text is too long to be compared.
    let body: [UInt8]?
    let messageID: [UInt8]?
    let date: [UInt8]?

    /// Octets of a message that is compared as servers change it; a larger one has to be equal.
    static let longestCompared: UInt64 = 64 << 20

    /// Reads the whole of it, where it can be compared.
    ///
    /// - Throws: `FileError`.
    init(_ text: FileDescriptor) throws {
        size = text.size
        body = size <= Self.longestCompared ? SHA256.hash(StoredForm(try text.contents()).body) : nil
        let header = Header(try text.header())
        messageID = header.value(of: "Message-ID")
        date = header.value(of: "Date")
    }

    init(size: UInt64, body: [UInt8]?, messageID: [UInt8]?, date: [UInt8]?) {
        self.size = size
        self.body = body
        self.messageID = messageID
        self.date = date
    }

    /// What a stored text is to an uploaded one.
    func relation(ofStored other: StoredTraits) -> Relation {
        if let body, body == other.body { return .sameBody }
        return isNamed(like: other) ? .similar : .different
    }

    /// Both have one Message-ID and Date.
    func isNamed(like other: StoredTraits) -> Bool {
        messageID != nil && messageID == other.messageID && date == other.date
    }
}
