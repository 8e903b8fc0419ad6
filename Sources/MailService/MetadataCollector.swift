internal import Digest
internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailMessage
internal import MailModel
internal import Synchronization

/// The items and header fields that a listing asks for, and what becomes of the answers.
///
/// Fed on a connection's event loop, emptied by whoever stores.
final class MetadataCollector: Sendable {
    /// Names, attributes and the identity need no more than these.
    static let headerFields = ["DATE", "FROM", "MESSAGE-ID", "SUBJECT"]

    static func items(for capabilities: Capabilities) -> [FetchItem] {
        var items: [FetchItem] = [.uid, .flags, .size, .internalDate]
        if capabilities.has(.objectID) { items.append(.emailID) }
        if capabilities.has(.gmail) { items.append(.gmailMessageID) }
        items.append(.headerFields(headerFields))
        return items
    }

    private struct State {
        var asked: UIDSet?
        var lowest: UID
        var messages: [UID: MessageMetadata] = [:]
        var seen = 0
    }

    private let state: Mutex<State>
    private let now: Int64

    /// - Parameters:
    ///   - asked: the UIDs asked for; nil for all from `lowest` on.
    ///   - now: seconds since 1970, for messages that tell no date at all.
    init(asked: UIDSet?, lowest: UID, now: Int64) {
        state = Mutex(State(asked: asked, lowest: lowest))
        self.now = now
    }

    /// Takes a FETCH answer for a message that was asked for (servers answer for others too).
    func take(_ incoming: Incoming) -> Taken {
        guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid, let size = fetch.size,
            let section = fetch.section, section.part == .header
        else { return .passed }
        let isWanted = state.withLock { $0.asked?.contains(uid) ?? (uid >= $0.lowest) }
        guard isWanted else { return .passed }
        let header = incoming.withBytes(of: section.content) { Array($0) } ?? []
        let message = metadata(fetch, uid: uid, size: size, header: header)
        state.withLock { state in
            state.seen += 1
            state.messages[uid] = message
        }
        return .taken
    }

    /// What has arrived since the last call, in ascending order of UID.
    func drain() -> [MessageMetadata] {
        let messages = state.withLock { state in
            let messages = state.messages
            state.messages = [:]
            return messages
        }
        return messages.values.sorted { $0.uid < $1.uid }
    }

    private func metadata(_ fetch: FetchResponse, uid: UID, size: UInt64, header: [UInt8]) -> MessageMetadata {
        let fields = Header(header)
        let date = fetch.internalDate ?? fields.value(of: "Date").flatMap(MessageDate.parse) ?? now
        let proof = fetch.emailID ?? fetch.gmailMessageID.map { Array("gmail \($0)".utf8) }
        let identity = proof.map { digest("emailid", [$0]) } ?? Self.identity(fields, size: size, internalDate: date)
        return MessageMetadata(
            uid: uid, size: size, internalDate: date, flags: fetch.flags ?? Flags(), identity: identity,
            identityIsProof: proof != nil, header: header)
    }

    /// Message-ID, Date and size; where there is no Message-ID, also who wrote what and when it came.
    static func identity(_ fields: Header, size: UInt64, internalDate: Int64) -> MessageIdentity {
        let date = fields.value(of: "Date") ?? []
        let length = Array(String(size).utf8)
        if let messageID = fields.value(of: "Message-ID"), !messageID.isEmpty {
            return digest("message-id", [messageID, date, length])
        }
        return digest(
            "fields",
            [
                date, length, fields.value(of: "From") ?? [], fields.value(of: "Subject") ?? [],
                Array(String(internalDate).utf8),
            ])
    }
}

private func digest(_ kind: String, _ parts: [[UInt8]]) -> MessageIdentity {
    var bytes = Array(kind.utf8)
    for part in parts {
        bytes.append(0)
        bytes.append(contentsOf: part)
    }
    return MessageIdentity(digest: SHA256.hash(bytes)) ?? MessageIdentity(high: 0, low: 0)
}
