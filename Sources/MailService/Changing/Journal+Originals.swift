internal import IMAPValue
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

/// A message that was copied to another folder instead of moved, as it is to be there.
struct CopiedMove: Hashable {
    let message: MessageID
    let folder: FolderID
    let name: [UInt8]
    let internalDate: Int64
    /// What is found on the server from then on has a higher id; nil: not known.
    let since: MessageID?

    /// Without blanks.
    var text: String {
        let numbers = "\(message.rawValue):\(folder.rawValue):\(internalDate)"
        let text = "\(numbers):\(name.map { String($0, radix: 16) }.joined(separator: "."))"
        return since.map { "\(text):\($0.rawValue)" } ?? text
    }

    init(message: MessageID, folder: FolderID, name: [UInt8], internalDate: Int64, since: MessageID?) {
        self.message = message
        self.folder = folder
        self.name = name
        self.internalDate = internalDate
        self.since = since
    }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (4...5).contains(parts.count), let message = Int64(parts[0]), let folder = Int64(parts[1]),
            let date = Int64(parts[2])
        else { return nil }
        self.init(
            message: MessageID(rawValue: message), folder: FolderID(rawValue: folder),
            name: parts[3].split(separator: ".").compactMap { UInt8($0, radix: 16) }, internalDate: date,
            since: parts.count > 4 ? Int64(parts[4]).map(MessageID.init(rawValue:)) : nil)
    }
}

// What a move leaves behind where the server has no MOVE: no user deleted it, so it goes at once and nobody brings it back. What was
// copied is remembered until its original is gone and the copy was seen once more.
extension Journal {
    private static let originalsKey = "moves.copied"

    /// These moves are about to become the deletions of their originals.
    func noteOriginals(of moves: [OperationID: CopiedMove]) throws {
        guard !moves.isEmpty else { return }
        try changeOriginals { $0.merge(moves) { _, new in new } }
    }

    func isOriginal(_ deletion: OperationID) -> Bool { originals.withLock { $0[deletion] != nil } }

    /// Copies whose originals are gone, by what deleted those; nobody has looked yet whether they are there.
    var unconfirmedCopies: [OperationID: CopiedMove] {
        let known = originals.withLock { $0 }
        guard !known.isEmpty else { return [:] }
        return view.withLock { view in known.filter { view.journal[$0.key] == nil } }
    }

    func confirmed(_ deletions: Set<OperationID>) throws {
        try changeOriginals { known in for id in deletions { known[id] = nil } }
    }

    /// These were taken away here: nobody misses them.
    func expunged(_ messages: Set<MessageID>) throws {
        guard originals.withLock({ known in known.values.contains { messages.contains($0.message) } }) else { return }
        try changeOriginals { known in known = known.filter { !messages.contains($0.value.message) } }
    }

    func restoreOriginals() throws {
        var known: [OperationID: CopiedMove] = [:]
        for entry in (try store.kept(Self.originalsKey) ?? "").split(separator: " ") {
            let parts = entry.split(separator: "=")
            guard parts.count == 2, let id = Int64(parts[0]), let copy = CopiedMove(parts[1]) else { continue }
            known[OperationID(rawValue: id)] = copy
        }
        originals.withLock { $0 = known }
    }

    private func changeOriginals(_ change: (inout [OperationID: CopiedMove]) -> Void) throws {
        let all = originals.withLock { known in
            change(&known)
            return known
        }
        let text = all.sorted { $0.key < $1.key }.map { "\($0.key.rawValue)=\($0.value.text)" }.joined(separator: " ")
        try store.keep(text.isEmpty ? nil : text, as: Self.originalsKey)
    }

    /// A message that no folder has any more: its text becomes an upload that failed, for somebody to try again or give up.
    ///
    func offerText(of copy: CopiedMove) throws {
        guard let body = try store.openBody(copy.message) ?? store.openKeptBody(copy.message) else { return }
        let octets = OpenBody(uncached: body)
        try changing {
            let id = try store.newMessageID()
            try store.createSpool(of: id)
            let size = try FileDescriptor.copy(from: octets.descriptor, to: store.spoolPath(of: id))
            let name = try freeName(copy.name, in: copy.folder, for: id)
            let file = LocalFile(
                id: id, folder: copy.folder, name: name, purpose: .upload, size: size, modified: copy.internalDate,
                modifiedWasSet: true)
            let upload = Upload(
                size: size, sha256: try FileDescriptor(reading: store.spoolPath(of: id)).sha256(),
                internalDate: copy.internalDate, flags: Flags())
            let append = NewOperation(.append(id, to: copy.folder, name: name, upload))
            let recorded = try write(JournalEntry(recorded: [append], files: [file]), isHeld: true)
            let failure = ChangeFailure(
                kind: .gone, text: "after its move it was in neither folder; this is its text as it was before")
            try fail(recorded.map { ($0, failure) })
        }
    }
}
