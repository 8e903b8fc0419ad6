internal import IMAPCodec

/// Mailbox names as people read them.
public enum MailboxName {
    /// From modified UTF-7 (RFC 3501 section 5.1.3), else from UTF-8 (RFC 9051 section 5.1); nil where the bytes are neither.
    public static func decode(_ rawName: [UInt8]) -> String? {
        ModifiedUTF7.decode(rawName) ?? String(validating: rawName, as: UTF8.self)
    }
}
