internal import MailMessage
public import MailModel
internal import MailStore

/// What a message says of the conversation that it is in.
public struct ThreadTexts: Hashable, Sendable {
    /// Its Message-ID without the angle brackets. Where it has none, something that only copies of it have too.
    public var own: [UInt8]
    /// The identifiers of the messages that it answers, the oldest first, of many the first and the last ones.
    public var earlier: [[UInt8]]
    /// Decoded.
    public var subject: String
    /// Nothing more can be learnt from the server.
    public var isWhole: Bool
}

extension MailService {
    /// Headers that are read at once.
    private static let headersAtOnce = 1000

    /// Hands over what messages say of their conversations, some at a time. References and In-Reply-To are fetched first where that was not
    /// done yet; where it cannot be done now, a message is told of without them.
    ///
    /// - Throws: `ServiceError`, `CancellationError`; what `body` throws.
    public func threadTexts(of ids: [MessageID], _ body: ([MessageID: ThreadTexts]) throws -> Void) async throws {
        do {
            let lacking = try await parts.references.fetch(for: ids)
            for start in stride(from: 0, to: ids.count, by: Self.headersAtOnce) {
                try Task.checkCancellation()
                let part = Array(ids[start..<min(start + Self.headersAtOnce, ids.count)])
                let headers = try store.headers(of: part)
                let references = try store.references(of: part)
                var texts: [MessageID: ThreadTexts] = [:]
                for id in part {
                    if let header = headers[id] {
                        texts[id] = Self.texts(header, references[id], id, isWhole: !lacking.contains(id))
                    } else {
                        texts[id] = try unlistedTexts(id, references[id], isWhole: !lacking.contains(id))
                    }
                }
                try body(texts)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(error)
        }
    }

    /// Those of some messages whose References and In-Reply-To can be told now; they are fetched where that was not done yet.
    ///
    /// - Throws: `ServiceError`, `CancellationError`.
    public func referencedMessages(among ids: [MessageID]) async throws -> [MessageID] {
        guard facts.standing.obstacle == nil else { return [] }
        do {
            let lacking = try await parts.references.fetch(for: ids)
            return ids.filter { !lacking.contains($0) }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ServiceError(error)
        }
    }

    /// An upload has its fields in its file, a copy that is to be made those of its origin.
    private func unlistedTexts(_ id: MessageID, _ references: [UInt8]?, isWhole: Bool) throws -> ThreadTexts {
        let origin = journal.origin(of: id)
        guard origin != id else {
            return Self.texts(try journal.header(of: id) ?? [], references, id, isWhole: isWhole)
        }
        return Self.texts(
            try journal.header(of: origin) ?? [], try store.references(of: [origin])[origin], origin, isWhole: false)
    }

    private static func texts(_ header: [UInt8], _ fields: [UInt8]?, _ id: MessageID, isWhole: Bool) -> ThreadTexts {
        let header = Header((fields ?? []) + header)
        let references = MessageReferences(header)
        return ThreadTexts(
            own: references.own ?? standIn(header, id), earlier: references.earlier,
            subject: header.value(of: "Subject").map(HeaderText.decode) ?? "", isWhole: isWhole)
    }

    /// Who wrote when about what; no Message-ID has blanks.
    private static func standIn(_ header: Header, _ id: MessageID) -> [UInt8] {
        let fields = ["Date", "From", "Subject"].map { header.value(of: $0) ?? [] }
        guard fields[0].isEmpty else { return Array(fields.joined(separator: [0x0A])) + [0x0A] }
        return Array("message \(id.rawValue)".utf8)
    }
}
