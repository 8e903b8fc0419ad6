internal import CLinux

/// What a line of JSON says of a message: its path, and the attributes that the mount shows.
struct ToldMessage: Encodable {
    var path: String
    var folder: String?
    var subject: String?
    var from: String?
    var date: String?
    var messageID: String?
    var flags: String?

    private enum CodingKeys: String, CodingKey {
        case path, folder, subject, from, date
        case messageID = "message-id"
        case flags
    }

    /// - Parameters:
    ///   - path: absolute.
    ///   - folder: by its path in the mount.
    init(path: String, folder: String? = nil) {
        self.path = path
        self.folder = folder ?? Self.attribute("user.imap.mailbox", path)
        subject = Self.attribute("user.mail.subject", path)
        from = Self.attribute("user.mail.from", path)
        date = Self.attribute("user.imap.internaldate", path)
        messageID = Self.attribute("user.mail.message-id", path)
        flags = Self.attribute("user.imap.flags", path)
    }

    /// nil where the message has none, or is gone already.
    private static func attribute(_ name: String, _ path: String) -> String? {
        var value = [UInt8](repeating: 0, count: 65_536)
        let length = getxattr(path, name, &value, value.count)
        return length >= 0 ? String(decoding: value.prefix(length), as: UTF8.self) : nil
    }
}
