internal import IMAPValue
internal import MailMessage
internal import MailModel

/// What came to folders that something was sent to without an answer. Each folder is read once for all that is looked for in it, as
/// long as its UIDs are of one epoch.
struct Arrivals {
    struct Message {
        let id: MessageID
        let metadata: MessageMetadata
    }

    private struct Contents {
        let epoch: UIDValidity?
        /// Ascending by UID.
        let messages: [Message]
        let byUID: [UID: Int]
        let bySize: [UInt64: [Int]]
        let byFields: [[[UInt8]?]: [Int]]
        let byMessageID: [[UInt8]: [Int]]
    }

    /// From which UID on something may have come, by folder.
    private let lowest: [FolderID: UID]
    private let epoch: (FolderID) throws -> UIDValidity?
    private let load: (FolderID, UID) throws -> [Message]
    private var read: [FolderID: Contents] = [:]

    /// - Parameters:
    ///   - sent: all whose arrivals will be asked for.
    ///   - load: the messages of a folder from a UID on.
    init(
        of sent: [Operation], epoch: @escaping (FolderID) throws -> UIDValidity?,
        load: @escaping (FolderID, UID) throws -> [Message]
    ) {
        var lowest: [FolderID: UID] = [:]
        for operation in sent {
            guard let folder = operation.change.target?.folder else { continue }
            lowest[folder] = min(lowest[folder] ?? .max, operation.arrivesFrom ?? .min)
        }
        self.lowest = lowest
        self.epoch = epoch
        self.load = load
    }

    /// The message with this UID.
    mutating func message(_ uid: UID, in folder: FolderID) throws -> Message? {
        let contents = try contents(of: folder)
        return contents.byUID[uid].map { contents.messages[$0] }
    }

    /// Messages that may be an upload: its size, its Message-ID, or the header fields that tell messages apart. Ascending by UID.
    mutating func alike(to own: MessageMetadata, in folder: FolderID) throws -> [MessageMetadata] {
        let contents = try contents(of: folder)
        var places = Set(contents.bySize[own.size] ?? []).union(contents.byFields[Self.fields(of: own)] ?? [])
        if let id = Self.messageID(of: own) {
            places.formUnion(contents.byMessageID[id] ?? [])
        } else if places.isEmpty {
            // The server may have given it one, and a date.
            places.formUnion(contents.messages.indices.filter { Self.isKept(own, in: contents.messages[$0].metadata) })
        }
        return places.sorted().map { contents.messages[$0].metadata }
    }

    private mutating func contents(of folder: FolderID) throws -> Contents {
        let current = try epoch(folder)
        if let known = read[folder], known.epoch == current { return known }
        let messages = try load(folder, lowest[folder] ?? .min).sorted { $0.metadata.uid < $1.metadata.uid }
        var byUID: [UID: Int] = [:]
        var bySize: [UInt64: [Int]] = [:]
        var byFields: [[[UInt8]?]: [Int]] = [:]
        var byMessageID: [[UInt8]: [Int]] = [:]
        for (place, message) in messages.enumerated() {
            byUID[message.metadata.uid] = place
            bySize[message.metadata.size, default: []].append(place)
            byFields[Self.fields(of: message.metadata), default: []].append(place)
            if let id = Self.messageID(of: message.metadata) { byMessageID[id, default: []].append(place) }
        }
        let contents = Contents(
            epoch: current, messages: messages, byUID: byUID, bySize: bySize, byFields: byFields,
            byMessageID: byMessageID)
        read[folder] = contents
        return contents
    }

    /// Whether a message has all of those fields that an upload has.
    static func isKept(_ own: MessageMetadata, in message: MessageMetadata) -> Bool {
        zip(fields(of: own), fields(of: message)).allSatisfy { $0 == nil || $0 == $1 }
    }

    private static func messageID(of message: MessageMetadata) -> [UInt8]? {
        Header(message.header).value(of: "Message-ID")
    }

    private static func fields(of message: MessageMetadata) -> [[UInt8]?] {
        let header = Header(message.header)
        return MetadataCollector.headerFields.map { header.value(of: $0) }
    }
}
