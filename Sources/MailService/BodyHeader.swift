internal import MailMessage

/// Compares a body that came with a doubt with the header fields that the server shows for it.
enum BodyHeader {
    /// Whether Message-ID, Subject and Date are the same in both.
    static func agrees(_ content: ReceivedBody.Content, with header: Header) -> Bool {
        let own = Header(content.prefix(limit))
        return ["Message-ID", "Subject", "Date"].allSatisfy { own.value(of: $0) == header.value(of: $0) }
    }

    /// Octets of a body in which its header is looked for.
    private static let limit = 256 << 10
}
