internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import MailMessage
internal import MailModel
internal import Synchronization

/// What a server has told of a message so far, where it did not tell all that was asked for.
struct PartialDescription: Sendable {
    var flags: Flags?
    var size: UInt64?
    var internalDate: Int64?
    /// As `MessageMetadata.identityIsProof` has it.
    var proof: [UInt8]?
    var labels: Labels?
    /// The header fields of a listing, or a whole header.
    var header: [UInt8]?

    /// Enough to list the message. A server that tells no date is not asked again: the header has one.
    var isComplete: Bool { flags != nil && size != nil && header != nil }

    /// A longer header keeps its fields only, each of them cut (HAZARD 63): hostile mail must not fill the memory.
    static let mostHeader = 4 << 10
    private static let mostField = 1 << 10
    /// More flags than this are no flags that anybody set.
    static let mostKeywords = 256

    static func bounded(_ header: UnsafeRawBufferPointer) -> [UInt8] {
        header.count <= mostHeader ? Array(header) : fields(of: Array(header.prefix(256 << 10)))
    }

    /// The fields that a listing asks for, as it would have got them, at most 1,024 octets of each.
    static func fields(of header: [UInt8]) -> [UInt8] {
        let header = Header(header)
        var fields: [UInt8] = []
        for name in MetadataCollector.headerFields {
            guard let value = header.value(of: name) else { continue }
            fields += Array("\(name): ".utf8) + value.prefix(mostField) + [0x0D, 0x0A]
        }
        return fields + [0x0D, 0x0A]
    }
}

extension MetadataCollector {
    /// Finds out in other ways what the answers so far have left out: the flags by a listing, the header from the header, the size from
    /// the body. What cannot be had at all is left empty; what the server does not list is gone.
    ///
    /// - Parameter missing: messages that were asked for and came in no answer.
    /// - Returns: one for each message that the server has.
    func describe(_ missing: UIDSet, on connection: IMAPConnection) async throws -> [MessageMetadata] {
        var parts = takeParts()
        let unlisted = UIDSet(parts.filter { $0.value.flags == nil }.map(\.key)).union(missing)
        guard !parts.isEmpty || !unlisted.isEmpty else { return [] }
        for set in unlisted.chunks(count: 1_000, bytes: 4_000) {
            for (uid, flags) in try await Self.flags(of: set, on: connection) {
                parts[uid, default: PartialDescription()].flags = flags
            }
        }
        // Told of once, and not listed any more.
        parts = parts.filter { $0.value.flags != nil }
        for set in UIDSet(parts.filter { $0.value.header == nil }.map(\.key)).chunks(count: 100, bytes: 4_000) {
            for (uid, seen) in try await Self.measure(set, .header, on: connection) {
                parts[uid]?.header = PartialDescription.fields(of: seen.beginning)
            }
        }
        let unmeasured = parts.filter { $0.value.size == nil || $0.value.header == nil }.map(\.key)
        for set in UIDSet(unmeasured).chunks(count: 100, bytes: 4_000) {
            for (uid, seen) in try await Self.measure(set, .body, on: connection) {
                if parts[uid]?.size == nil { parts[uid]?.size = seen.octets }
                if parts[uid]?.header == nil { parts[uid]?.header = PartialDescription.fields(of: seen.beginning) }
            }
        }
        return parts.map { metadata($0.value, of: $0.key) }.sorted { $0.uid < $1.uid }
    }

    private static func flags(of set: UIDSet, on connection: IMAPConnection) async throws -> [(uid: UID, flags: Flags)]
    {
        let listing = FlagListing(lowest: .min)
        _ = try await connection.perform(
            .uidFetch(.uids(set), [.uid, .flags], changedSince: nil, vanished: false), literals: nil
        ) { incoming in
            guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid, set.contains(uid) else {
                return .passed
            }
            return listing.take(incoming)
        }
        return try listing.listed()
    }

    /// How much comes of a section of each message, and how it begins. One that keeps the others from being answered is asked for alone.
    private static func measure(
        _ set: UIDSet, _ item: FetchItem, on connection: IMAPConnection
    ) async throws -> [UID: SectionMeasure.Seen] {
        let measure = SectionMeasure(set)
        let status = try await connection.perform(
            .uidFetch(.uids(set), [.uid, item], changedSince: nil, vanished: false), literals: measure
        ) { measure.take($0) }
        var seen = measure.seen
        guard status.kind != .ok, set.count > 1 else { return seen }
        for uid in set where seen[uid] == nil {
            seen.merge(try await self.measure(UIDSet(uid), item, on: connection)) { first, _ in first }
        }
        return seen
    }
}

/// Counts the octets of sections as they pass by, and keeps how each begins.
final class SectionMeasure: LiteralReceiver {
    struct Seen: Sendable {
        var octets: UInt64 = 0
        /// At most `mostKept` octets.
        var beginning: [UInt8] = []
    }

    private static let mostKept = 64 << 10

    private let asked: UIDSet
    private let found = Mutex<[UID: Seen]>([:])

    init(_ asked: UIDSet) { self.asked = asked }

    var seen: [UID: Seen] { found.withLock { $0 } }

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? { Passage() }

    func take(_ incoming: Incoming) -> Taken {
        guard case .fetch(let fetch) = incoming.response, let uid = fetch.uid, asked.contains(uid),
            let section = fetch.section
        else { return .passed }
        var seen: Seen?
        switch section.content {
        case .absent: break
        case .streamed: seen = (incoming.streamed as? Passage)?.result
        case .inline, .copied:
            seen = incoming.withBytes(of: section.content) {
                Seen(octets: UInt64($0.count), beginning: Array($0.prefix(Self.mostKept)))
            }
        }
        if let seen { found.withLock { $0[uid] = seen } }
        return .taken
    }

    /// One literal.
    private final class Passage: StreamedSink {
        private let seen = Mutex(Seen())

        var result: Seen { seen.withLock { $0 } }

        func write(_ bytes: UnsafeRawBufferPointer) {
            seen.withLock { seen in
                seen.octets &+= UInt64(bytes.count)
                let room = SectionMeasure.mostKept - seen.beginning.count
                if room > 0 { seen.beginning.append(contentsOf: bytes.prefix(room)) }
            }
        }

        func finish() {}
        func abort() {}
    }
}
