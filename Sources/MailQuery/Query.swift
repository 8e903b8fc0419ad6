/// What somebody looks for, as a tree.
///
/// ```swift
/// try Query(parsing: "from:mina berth OR pier -is:read", now: 1_795_000_000)
/// ```
public indirect enum Query: Hashable, Sendable {
    /// All of them; every message where there is none.
    case and([Query])
    /// One of them at least.
    case or([Query])
    case not(Query)
    case text(TextField, SearchText)
    /// The folder by its path in the mount, or one above it; in any case.
    case folder(String)
    case keyword(String)
    case state(MessageState)
    case hasAttachment
    /// INTERNALDATE at or after a moment, seconds since 1970.
    case since(Int64)
    /// INTERNALDATE before a moment.
    case before(Int64)
    /// More octets than this.
    case larger(UInt64)
    /// Fewer octets than this.
    case smaller(UInt64)
    /// In the server's own words: X-GM-RAW.
    case raw(String)
}

/// Where words are looked for.
public enum TextField: String, Hashable, Sendable, CaseIterable {
    /// The fields and the text.
    case any = ""
    case from, to, cc, subject, body, list
    case messageID = "message-id"
}

/// Words that stand one after the other.
public struct SearchText: Hashable, Sendable {
    /// As it was written, without quotes and without the star.
    public var words: String
    /// The last word is the beginning of one.
    public var isPrefix: Bool

    public init(_ words: String, isPrefix: Bool = false) {
        self.words = words
        self.isPrefix = isPrefix
    }
}

/// What flags say of a message.
public enum MessageState: String, Hashable, Sendable, CaseIterable {
    case unread, read, flagged, answered, draft
}

/// Why a query means nothing, and where.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Characters before it.
    public var offset: Int
    public var reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "at character \(offset + 1): \(reason)" }
}

extension Query {
    /// Whether it has a term that only the text of a message, or header fields that are not listed, can answer.
    public var needsText: Bool { terms.contains(where: \.needsText) }
}
