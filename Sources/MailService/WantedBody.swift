internal import IMAPValue
internal import MailModel
internal import MailSync

/// A message whose body is to be fetched.
struct WantedBody: QueuedBody, Hashable {
    let id: MessageID
    let uid: UID
    /// Octets that the server claims.
    let size: UInt64
    /// By what it is known again; nil where nothing is stored of its header.
    var mark: BodyHeader.Mark?

    init(id: MessageID, uid: UID, size: UInt64) {
        self.id = id
        self.uid = uid
        self.size = size
    }

    /// nil for what is not on the server, or cannot be asked for yet.
    init?(_ message: MessageSummary) {
        guard let uid = message.uid else { return nil }
        self.init(id: message.id, uid: uid, size: message.size)
    }
}
