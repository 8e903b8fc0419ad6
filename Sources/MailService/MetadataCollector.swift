internal import Digest
internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailMessage
internal import MailModel
internal import Synchronization

/// The items and header fields that a listing asks for, and what becomes of the answers.
///
/// Fed on a connection's event loop, where answers are only put aside; emptied by whoever stores, who makes something of them.
final class MetadataCollector: Sendable {
    /// Names, attributes and the identity need no more than these.
    static let headerFields = ["DATE", "FROM", "MESSAGE-ID", "SUBJECT"]

    static func items(for capabilities: Capabilities) -> [FetchItem] {
        var items: [FetchItem] = [.uid, .flags, .size, .internalDate]
        if capabilities.has(.objectID) { items.append(.emailID) }
        if capabilities.has(.gmail) { items += [.gmailMessageID, .gmailLabels] }
        items.append(.headerFields(headerFields))
        return items
    }

    /// One answer.
    private struct Answer {
        var uid: UID
        var size: UInt64
        var internalDate: Int64?
        var flags: Flags
        /// What the server itself tells messages apart by.
        var proof: [UInt8]?
        var labels: Labels?
        /// In `State.headers`.
        var header: Range<Int>
    }

    private struct State {
        var asked: UIDSet?
        var lowest: UID
        var answers: [Answer] = []
        /// Of all answers, one behind the other.
        var headers: [UInt8] = []
        /// What was told of messages in answers that leave something out.
        var parts: [UID: PartialDescription] = [:]

        /// What was told of a message in parts that are enough together.
        mutating func add(_ part: PartialDescription, _ uid: UID) {
            guard let size = part.size, let header = part.header else { return }
            let start = headers.count
            headers += header
            answers.append(
                Answer(
                    uid: uid, size: size, internalDate: part.internalDate, flags: part.flags ?? Flags(),
                    proof: part.proof, labels: part.labels, header: start..<headers.count))
        }
    }

    private let state: Mutex<State>
    private let now: Int64

    /// - Parameters:
    ///   - asked: the UIDs asked for; nil for all from `lowest` on.
    ///   - now: seconds since 1970, for messages that tell no date at all.
    init(asked: UIDSet?, lowest: UID, now: Int64) {
        var state = State(asked: asked, lowest: lowest)
        let expected = min(asked?.count ?? 0, 10_000)
        state.answers.reserveCapacity(expected)
        state.headers.reserveCapacity(expected * 256)
        self.state = Mutex(state)
        self.now = now
    }

    /// Takes a FETCH answer for a message that was asked for (servers answer for others too).
    func take(_ incoming: Incoming) -> Taken {
        guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid else { return .passed }
        return state.withLock { state in
            guard state.asked?.contains(uid) ?? (uid >= state.lowest) else { return .passed }
            guard let size = fetch.size, let flags = fetch.flags, let section = fetch.section, section.part == .header
            else { return takePart(fetch, uid, incoming, &state) }
            let start = state.headers.count
            guard flags.keywords.count <= PartialDescription.mostKeywords else { return .passed }
            let isThere: Void? = incoming.withBytes(of: section.content) { header in
                if header.count <= PartialDescription.mostHeader {
                    state.headers.append(contentsOf: header)
                } else {
                    state.headers += PartialDescription.bounded(header)
                }
            }
            guard isThere != nil else { return takePart(fetch, uid, incoming, &state) }
            state.answers.append(
                Answer(
                    uid: uid, size: size, internalDate: fetch.internalDate, flags: flags, proof: Self.proof(fetch),
                    labels: fetch.gmailLabels.map(Labels.init(wire:)), header: start..<state.headers.count))
            return .taken
        }
    }

    /// An answer that does not tell all: the rest may come in another, else it is asked for (`describe`).
    private func takePart(_ fetch: FetchResponse, _ uid: UID, _ incoming: Incoming, _ state: inout State) -> Taken {
        if let section = fetch.section, section.part != .header { return .passed }
        if let flags = fetch.flags, flags.keywords.count > PartialDescription.mostKeywords { return .passed }
        var part = state.parts[uid] ?? PartialDescription()
        part.flags = fetch.flags ?? part.flags
        part.size = fetch.size ?? part.size
        part.internalDate = fetch.internalDate ?? part.internalDate
        part.proof = Self.proof(fetch) ?? part.proof
        part.labels = fetch.gmailLabels.map(Labels.init(wire:)) ?? part.labels
        if let section = fetch.section {
            part.header = incoming.withBytes(of: section.content, PartialDescription.bounded) ?? part.header
        }
        state.parts[uid] = part
        let tellsFlagsOnly =
            fetch.size == nil && fetch.section == nil && fetch.internalDate == nil && Self.proof(fetch) == nil
        // What others do to flags is told so too.
        return tellsFlagsOnly ? .passed : .taken
    }

    private static func proof(_ fetch: FetchResponse) -> [UInt8]? {
        fetch.emailID ?? fetch.gmailMessageID.map { Array("gmail \($0)".utf8) }
    }

    /// What has arrived since the last call, in ascending order of UID, the last word on each message.
    func drain() -> [MessageMetadata] {
        var (answers, headers) = state.withLock { state in
            for answer in state.answers where !state.parts.isEmpty { state.parts[answer.uid] = nil }
            for (uid, part) in state.parts where part.isComplete {
                state.add(part, uid)
                state.parts[uid] = nil
            }
            let taken = (state.answers, state.headers)
            state.answers = []
            state.headers = []
            return taken
        }
        if !answers.indices.dropFirst().allSatisfy({ answers[$0 - 1].uid < answers[$0].uid }) {
            var last: [UID: Int] = [:]
            for (place, answer) in answers.enumerated() { last[answer.uid] = place }
            answers = last.sorted { $0.key < $1.key }.map { answers[$0.value] }
        }
        let hash = IdentityHash()
        return answers.map { metadata($0, header: Array(headers[$0.header]), hash) }
    }

    /// Messages of which something was told, and not enough. They are forgotten.
    func takeParts() -> [UID: PartialDescription] {
        state.withLock { state in
            defer { state.parts = [:] }
            return state.parts
        }
    }

    /// What `drain` would have made of this, had it come at once; what is not known is left empty.
    func metadata(_ part: PartialDescription, of uid: UID) -> MessageMetadata {
        metadata(
            Answer(
                uid: uid, size: part.size ?? 0, internalDate: part.internalDate, flags: part.flags ?? Flags(),
                proof: part.proof, labels: part.labels, header: 0..<0), header: part.header ?? [], IdentityHash())
    }

    private func metadata(_ answer: Answer, header: [UInt8], _ hash: IdentityHash) -> MessageMetadata {
        let fields = Header(header)
        let date = answer.internalDate ?? fields.value(of: "Date").flatMap(MessageDate.parse) ?? now
        let identity =
            answer.proof.map { hash.digest("emailid", [$0]) }
            ?? Self.identity(fields, size: answer.size, internalDate: date, hash)
        return MessageMetadata(
            uid: answer.uid, size: answer.size, internalDate: date, flags: answer.flags, identity: identity,
            identityIsProof: answer.proof != nil, header: header,
            labels: answer.labels)
    }

    /// Message-ID, Date and size; where there is no Message-ID, also who wrote what and when it came.
    static func identity(_ fields: Header, size: UInt64, internalDate: Int64) -> MessageIdentity {
        identity(fields, size: size, internalDate: internalDate, IdentityHash())
    }

    private static func identity(
        _ fields: Header, size: UInt64, internalDate: Int64, _ hash: IdentityHash
    ) -> MessageIdentity {
        let date = fields.value(of: "Date") ?? []
        let length = Array(String(size).utf8)
        if let messageID = fields.value(of: "Message-ID"), !messageID.isEmpty {
            return hash.digest("message-id", [messageID, date, length])
        }
        return hash.digest(
            "fields",
            [
                date, length, fields.value(of: "From") ?? [], fields.value(of: "Subject") ?? [],
                Array(String(internalDate).utf8),
            ])
    }
}

/// Digests of the parts that make an identity; one object for many of them.
private struct IdentityHash {
    private let hash = SHA256()

    func digest(_ kind: String, _ parts: [[UInt8]]) -> MessageIdentity {
        var bytes = Array(kind.utf8)
        for part in parts {
            bytes.append(0)
            bytes.append(contentsOf: part)
        }
        bytes.withUnsafeBytes { hash.update($0) }
        return MessageIdentity(digest: hash.finish()) ?? MessageIdentity(high: 0, low: 0)
    }
}

extension MetadataCollector {
    /// Whether two headers agree in the fields that tell messages apart.
    static func hasSameFields(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let (left, right) = (Header(left), Header(right))
        return headerFields.allSatisfy { left.value(of: $0) == right.value(of: $0) }
    }
}
