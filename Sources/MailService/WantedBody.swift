public import IMAPValue
public import MailModel

/// A message whose body is to be fetched.
public struct WantedBody: Hashable, Sendable {
    public let id: MessageID
    public let uid: UID
    /// Octets that the server claims.
    public let size: UInt64

    public init(id: MessageID, uid: UID, size: UInt64) {
        self.id = id
        self.uid = uid
        self.size = size
    }

    public init(_ message: MessageSummary) {
        self.init(id: message.id, uid: message.uid, size: message.size)
    }
}
