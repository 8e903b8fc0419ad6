internal import MailMessage

/// Compares a body with the header fields that the server shows for it.
enum BodyHeader {
    /// Message-ID, Subject and Date of a message, in few octets.
    struct Mark: Hashable, Sendable {
        private let hash: Int

        init(_ header: Header) {
            var hasher = Hasher()
            for name in BodyHeader.fields { hasher.combine(header.value(of: name)) }
            hash = hasher.finalize()
        }
    }

    private static let fields = ["Message-ID", "Subject", "Date"]

    static func mark(_ content: ReceivedBody.Content) -> Mark { Mark(Header(content.prefix(markLimit))) }

    /// Whether Message-ID, Subject and Date are the same in both.
    static func agrees(_ content: ReceivedBody.Content, with header: Header) -> Bool {
        let own = Header(content.prefix(limit))
        return fields.allSatisfy { own.value(of: $0) == header.value(of: $0) }
    }

    /// Octets of a body in which its header is looked for.
    private static let limit = 256 << 10
    /// A header that is longer is looked at again, and then believed.
    private static let markLimit = 32 << 10
}
