internal import MailMessage

/// The few header fields of a message that names and attributes show, decoded for people.
public struct HeaderTexts: Sendable {
    private let header: Header

    /// - Parameter bytes: a header block as received, or a part of it.
    public init(_ bytes: [UInt8]) { header = Header(bytes) }

    /// nil where the message has none.
    public var subject: String? { header.value(of: "Subject").map(HeaderText.decode) }
    /// The whole field: names and addresses.
    public var from: String? { header.value(of: "From").map(HeaderText.decode) }
    /// The first author's name, else the address.
    public var author: String? { authorField.flatMap(Self.author) }
    /// What `author` is read from.
    public var authorField: [UInt8]? { header.value(of: "From") }
    public static func author(_ field: [UInt8]) -> String? { AddressList.firstDisplay(field) }
    /// As the author's program wrote it.
    public var date: String? { header.value(of: "Date").map(HeaderText.decode) }
    public var messageID: String? { header.value(of: "Message-ID").map(HeaderText.decode) }
}
