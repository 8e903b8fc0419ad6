import Digest
internal import GRDB
public import MailModel

/// Texts that were made of cached bodies, so that they need not be made again. They count to what the cache may hold, and go with the body.
extension MailStore {
    /// The text that was kept of a message; nil where it is to be made, also where its body is not cached.
    ///
    /// - Parameter form: of the text: what was kept in another one is forgotten.
    public func keptText(of id: MessageID, form: String) -> [UInt8]? {
        guard let source = source(id), let text = texts.text(id.rawValue, of: source, form: form) else { return nil }
        use(id.rawValue)
        return text
    }

    /// The length of the text that `keptText` would give, without reading it.
    public func keptTextSize(of id: MessageID, form: String) -> UInt64? {
        source(id).flatMap { texts.size(id.rawValue, of: $0, form: form) }
    }

    /// Keeps the text of a message. Returns at once.
    ///
    /// - Parameter body: the octets that it was made of: it counts as long as these are the message's.
    public func keep(text: [UInt8], of id: MessageID, madeOf body: [UInt8], form: String) {
        texts.keep(text, id.rawValue, of: SHA256.hash(body), form: form)
    }

    /// Octets that the kept texts take.
    public var keptTextOctets: UInt64 { texts.octets }

    static func textsPath(beside path: String) -> String { String(path.dropLast("index.sqlite".count)) + "text.sqlite" }

    /// The digest of the body that a message has in the cache.
    private func source(_ id: MessageID) -> [UInt8]? {
        let found = try? onReader { db in
            let query = try Query(db, "SELECT sha256 FROM main.body WHERE id = ? AND limbo IS NULL")
            query.bind(1, id.rawValue)
            return try query.first { $0.bytes(0) }
        }
        return found ?? nil
    }

    /// Forgets the texts whose bodies are gone by other ways than eviction.
    func sweepTexts() throws {
        try texts.sweep { ids in
            try onReader { db in
                let query = try Query(db, "SELECT 1 FROM main.body WHERE id = ?")
                return Set(
                    try ids.filter { id in
                        query.bind(1, id)
                        return try query.exists()
                    })
            }
        }
    }
}
