internal import MailModel
internal import MailStore

/// A body that arrived whole, and where its octets are.
struct ReceivedBody: Sendable {
    enum Content: Sendable {
        case bytes([UInt8])
        case file(BodyWriter)
        /// Not for the cache, which could not take it when it came, for this reason.
        case anonymous(AnonymousFile, ServiceError)

        var octetsInMemory: Int {
            switch self {
            case .bytes(let all): all.count
            case .file, .anonymous: 0
            }
        }

        /// The first octets, at most `count`.
        func prefix(_ count: Int) -> [UInt8] {
            switch self {
            case .bytes(let all): Array(all.prefix(count))
            case .file(let writer): writer.prefix(count)
            case .anonymous(let file, _): file.prefix(count)
            }
        }
    }

    var id: MessageID
    var content: Content

    /// What the cache can take; nil for what stays in memory.
    var finished: FinishedBody? {
        switch content {
        case .bytes(let bytes): FinishedBody(id: id, content: .bytes(bytes))
        case .file(let writer): FinishedBody(id: id, content: .file(writer))
        case .anonymous: nil
        }
    }

    /// Why the cache could not take it while it came; nil where it can be offered it.
    var obstacle: ServiceError? {
        if case .anonymous(_, let reason) = content { reason } else { nil }
    }

    /// Opens it beside the cache, whatever the cache made of it.
    func openUncached() -> OpenBody? {
        switch content {
        case .anonymous(let file, _): return OpenBody(file)
        case .file(let writer): return writer.reopen().map(OpenBody.init(uncached:))
        case .bytes(let bytes):
            guard let file = AnonymousFile(), bytes.withUnsafeBytes({ file.write($0) }) else { return nil }
            return OpenBody(file)
        }
    }
}
