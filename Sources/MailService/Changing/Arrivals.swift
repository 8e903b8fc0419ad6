internal import IMAPValue
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
        var likeness: LikenessIndex
        var digests: DigestIndex
    }

    /// From which UID on something may have come, by folder.
    private let lowest: [FolderID: UID]
    private let epoch: (FolderID) throws -> UIDValidity?
    private let load: (FolderID, UID) throws -> [Message]
    private var read: [FolderID: Contents] = [:]
    private var traits: [MessageID: StoredTraits] = [:]

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

    /// How many messages of a folder have this UID or a higher one.
    mutating func count(in folder: FolderID, from lowest: UID) throws -> Int {
        try contents(of: folder).messages.reduce(0) { $0 + ($1.metadata.uid >= lowest ? 1 : 0) }
    }

    /// Messages that may be an upload as a server stores it, told by their headers. Ascending by UID.
    mutating func alike(to own: MessageMetadata, in folder: FolderID) throws -> [MessageMetadata] {
        try changing(folder) { contents in
            contents.likeness.candidates(for: own).sorted().map { contents.messages[$0].metadata }
        }
    }

    /// What comes next in looking for a message that has the octets of an upload.
    ///
    /// - Parameters:
    ///   - lowest: from which UID on.
    ///   - isOwned: whether something else brought it.
    mutating func step(
        to sha256: [UInt8], size: UInt64, in folder: FolderID, from lowest: UID, isOwned: (UID) -> Bool
    ) throws -> DigestIndex.Step {
        try changing(folder) { contents in
            contents.digests.step(to: sha256, size: size, from: lowest, isOwned: isOwned)
        }
    }

    /// The SHA-256 of a message, forgotten where its UID means another by now.
    mutating func note(_ sha256: [UInt8], of message: Message, in folder: FolderID) throws {
        let uid = message.metadata.uid
        guard try self.message(uid, in: folder)?.id == message.id else { return }
        try changing(folder) { $0.digests.note(sha256, of: uid) }
    }

    /// What tells a text apart from others however it is stored: each is read once for all that it is compared with. nil where it was
    /// not read yet.
    func traits(of id: MessageID) -> StoredTraits? { traits[id] }

    mutating func note(_ found: StoredTraits, of id: MessageID) { traits[id] = found }

    private mutating func changing<Result>(
        _ folder: FolderID, _ body: (inout Contents) throws -> Result
    ) throws -> Result {
        var contents = try contents(of: folder)
        // Given back below: what two own is copied when it is changed.
        read[folder] = nil
        defer { read[folder] = contents }
        return try body(&contents)
    }

    private mutating func contents(of folder: FolderID) throws -> Contents {
        let current = try epoch(folder)
        if let known = read[folder], known.epoch == current { return known }
        let messages = try load(folder, lowest[folder] ?? .min).sorted { $0.metadata.uid < $1.metadata.uid }
        let byUID = Dictionary(
            messages.enumerated().map { ($1.metadata.uid, $0) }, uniquingKeysWith: { first, _ in first })
        let contents = Contents(
            epoch: current, messages: messages, byUID: byUID, likeness: LikenessIndex(messages.map(\.metadata)),
            digests: DigestIndex(messages.map(\.metadata)))
        read[folder] = contents
        return contents
    }
}
