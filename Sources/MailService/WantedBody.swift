public import IMAPValue
public import MailModel

/// A message whose body is to be fetched.
public struct WantedBody: Hashable, Sendable {
    public let id: MessageID
    public let uid: UID
    /// Octets that the server claims.
    public let size: UInt64
    /// By what it is known again; nil where nothing is stored of its header.
    var mark: BodyHeader.Mark?

    public init(id: MessageID, uid: UID, size: UInt64) {
        self.id = id
        self.uid = uid
        self.size = size
    }

    /// nil for what is not on the server, or cannot be asked for yet.
    public init?(_ message: MessageSummary) {
        guard let uid = message.uid else { return nil }
        self.init(id: message.id, uid: uid, size: message.size)
    }
}
