internal import Digest
internal import MailMessage
internal import PosixFile

/// What of a text is left whatever a server makes of it when it stores it: read once, it tells which of many may be the same message.
struct StoredTraits: Hashable {
    enum Relation: Hashable {
        /// The same but for what servers change.
        case sameMessage
        /// Another text with the same Message-ID and Date.
        case similar
        case different
    }

    let size: UInt64
    /// SHA-256 of the body as `StoredForm` has it; nil where the text is too long to be compared.
    let body: [UInt8]?
    /// nil as `body`.
    let header: StoredForm?
    let messageID: [UInt8]?
    let date: [UInt8]?

    /// Octets of a message that is compared as servers change it; a larger one has to be equal.
    static let longestCompared: UInt64 = 64 << 20

    /// Reads the whole of it, where it can be compared.
    ///
    /// - Throws: `FileError`.
    init(_ text: FileDescriptor) throws {
        size = text.size
        let form = size <= Self.longestCompared ? StoredForm(try text.contents()) : nil
        body = form.map { SHA256.hash($0.body) }
        self.header = form?.header
        let header = Header(try text.header())
        messageID = header.value(of: "Message-ID")
        date = header.value(of: "Date")
    }

    /// What a stored text is to an uploaded one.
    func relation(ofStored other: StoredTraits) -> Relation {
        if let body, body == other.body, let header, let stored = other.header, header.isKept(in: stored) {
            return .sameMessage
        }
        return messageID != nil && messageID == other.messageID && date == other.date ? .similar : .different
    }
}
