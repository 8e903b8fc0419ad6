internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Synchronization

/// Asks for one section of one message, into memory.
struct SectionFetch: Sendable {
    let uid: UID
    let connection: IMAPConnection

    /// A command that was sent.
    struct Running: Sendable {
        let command: RunningCommand
        let collector: SectionCollector

        /// The octets; nil where the server gave none, NIL, or more than were asked for.
        ///
        /// - Throws: `ServiceError` where it refuses.
        func octets() async throws -> [UInt8]? {
            let status = try await command.outcome()
            guard status.kind == .ok else { throw ServiceError(refusal: status) }
            return collector.octets
        }
    }

    /// - Parameters:
    ///   - part: what the answer has to be of.
    ///   - most: octets that are taken.
    func submit(
        _ item: FetchItem, as part: FetchedSection.Part, origin: UInt64? = nil, most: UInt64
    ) -> Running {
        let collector = SectionCollector(uid, part, origin: origin, most: most)
        let command = connection.submit(
            .uidFetch(.uids(UIDSet(uid)), [.uid, item], changedSince: nil, vanished: false), literals: collector
        ) { collector.take($0) }
        return Running(command: command, collector: collector)
    }

    /// Octets of the message from a place on.
    func submit(from origin: UInt64, count: UInt64) -> Running {
        submit(.partialBody(offset: origin, count: count), as: .whole, origin: origin, most: count)
    }

    /// Length and structure, where the server tells them.
    func structure() async throws -> (size: UInt64, structure: BodyStructure)? {
        let found = Mutex<(size: UInt64?, structure: BodyStructure?)>((nil, nil))
        let status = try await connection.perform(
            .uidFetch(.uids(UIDSet(uid)), [.uid, .size, .bodyStructure], changedSince: nil, vanished: false),
            literals: nil
        ) { [uid] incoming in
            guard case .fetch(let fetch) = incoming.response, fetch.uid == uid,
                fetch.size != nil || fetch.structure != nil
            else { return .passed }
            found.withLock { found in
                found = (fetch.size ?? found.size, fetch.structure ?? found.structure)
            }
            return .taken
        }
        guard status.kind == .ok else { throw ServiceError(refusal: status) }
        let (size, structure) = found.withLock { $0 }
        guard let size, let structure else { return nil }
        return (size, structure)
    }
}

/// Takes one section of one message.
final class SectionCollector: LiteralReceiver {
    private let uid: UID
    private let part: FetchedSection.Part
    private let origin: UInt64?
    private let most: UInt64
    private let found = Mutex<[UInt8]?>(nil)

    init(_ uid: UID, _ part: FetchedSection.Part, origin: UInt64?, most: UInt64) {
        self.uid = uid
        self.part = part
        self.origin = origin
        self.most = most
    }

    var octets: [UInt8]? { found.withLock { $0 } }

    func begin(_ literal: StreamedLiteral) -> (any StreamedSink)? { literal.octets <= most ? Passage() : nil }

    func take(_ incoming: Incoming) -> Taken {
        guard case .fetch(let fetch) = incoming.response, fetch.uid == uid, let section = fetch.section,
            section.part == part, section.origin == origin
        else { return .passed }
        let octets =
            switch section.content {
            case .absent: nil as [UInt8]?
            case .streamed: (incoming.streamed as? Passage)?.octets
            case .inline, .copied: incoming.withBytes(of: section.content) { [UInt8]($0) }
            }
        if let octets, octets.count <= most { found.withLock { $0 = octets } }
        return .taken
    }

    /// One literal, of a length that was looked at.
    private final class Passage: StreamedSink {
        private let state = Mutex<(octets: [UInt8], isWhole: Bool)>(([], false))

        var octets: [UInt8]? { state.withLock { $0.isWhole ? $0.octets : nil } }

        func write(_ bytes: UnsafeRawBufferPointer) { state.withLock { $0.octets.append(contentsOf: bytes) } }
        func finish() { state.withLock { $0.isWhole = true } }
        func abort() { state.withLock { $0 = ([], false) } }
    }
}
