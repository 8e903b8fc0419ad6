public import MailMessage
public import MailModel

/// Parts of large messages without the rest of them.
extension MailService {
    /// Octets of a message above which its parts are fetched alone.
    public var largeMessage: UInt64 { configuration.largeMessage }

    /// What stands around the parts of a message that is not cached; nil where the whole message is to be taken.
    ///
    /// - Throws: `ServiceError`; `CancellationError` as soon as the task is cancelled.
    public func outline(of message: MessageSummary) async throws -> MessageOutline? {
        try await parts.alone.outline(of: message)
    }

    /// The content of a part that was fetched alone; nil where it is to be fetched.
    ///
    /// - Parameter section: positions counted from 1.
    public func keptPart(_ section: [Int], of message: MessageSummary) -> [UInt8]? {
        parts.alone.keptPart(section, of: message)
    }

    /// The length of that content, without reading it.
    public func keptPartSize(_ section: [Int], of message: MessageSummary) -> UInt64? {
        parts.alone.keptPartSize(section, of: message)
    }

    /// The content of a part, fetched alone; nil where the whole message is to be taken.
    ///
    /// - Throws: as ``outline(of:)``.
    public func part(
        _ section: [Int], of message: MessageSummary, in outline: MessageOutline
    ) async throws -> [UInt8]? {
        try await parts.alone.part(section, of: message, in: outline)
    }
}
