internal import Fuse
internal import IMAPValue
internal import MailModel
internal import MailTree

// The files of a Maildir by their names there.
extension MaildirDirectory {
    // MARK: - Files that are no messages

    /// What such names begin with in the folder.
    private var prefix: [UInt8] {
        switch place {
        case .root, .folder: Array(".maildir.".utf8)
        case .files(let kind): Array(".maildir-\(kind.rawValue).".utf8)
        }
    }

    /// The name in the folder of what is no message; nil where that of a message is meant.
    func scratchName(_ name: [UInt8]) -> [UInt8]? {
        switch place {
        case .root, .folder, .files(.tmp): prefix + name
        case .files: name.first == UInt8(ascii: ".") ? prefix + name : nil
        }
    }

    func scratch(_ name: [UInt8]) async throws -> ViewNode? {
        guard let home, let stored = scratchName(name), stored.count <= 255,
            case .message(let file, _)? = try await account.find(stored, in: home)
        else { return nil }
        return node(file.id)
    }

    func node(_ id: MessageID) -> ViewNode? { account.entry(of: id).map { .alias($0) } }

    func listScratch(into listing: inout ViewListing) async throws {
        guard let home else { return }
        let prefix = prefix
        try await account.forEachFile(of: home) { name, file, _ in
            guard file.standing == .scratch, name.starts(with: prefix) else { return }
            listing.append(name.dropFirst(prefix.count), aliasOf: file.id)
        }
    }

    // MARK: - Messages

    func file(_ name: [UInt8], _ kind: Kind) async throws -> ViewNode? {
        if kind == .tmp || name.first == UInt8(ascii: ".") {
            if kind == .tmp, let home, let id = account.maildirMarks.linked(name, in: home) { return node(id) }
            return try await scratch(name)
        }
        return try await message(name, kind).flatMap { node($0.id) }
    }

    /// The message of that name, and its own name in the folder.
    func message(_ name: [UInt8], _ kind: Kind) async throws -> (id: MessageID, stored: [UInt8])? {
        guard let home, let shown = MaildirMessageName(name) else { return nil }
        for candidate in candidates(shown) {
            guard case .message(let file, _)? = try await account.find(candidate.name, in: home) else { continue }
            if isMeant(file, candidate, shown, kind) { return (file.id, candidate.name) }
        }
        return nil
    }

    /// As ``message(_:_:)``, of what is known without the server.
    func known(_ name: [UInt8], _ kind: Kind) -> MessageID? {
        guard let home, let shown = MaildirMessageName(name) else { return nil }
        for candidate in candidates(shown) {
            guard let file = account.knownFile(candidate.name, in: home) else { continue }
            if isMeant(file, candidate, shown, kind) { return file.id }
        }
        return nil
    }

    private func candidates(_ shown: MaildirMessageName) -> [MaildirMessageName.Candidate] {
        guard shown.unique.starts(with: Self.numberMark) else { return shown.candidates }
        guard let number = Int64(String(decoding: shown.unique.dropFirst(Self.numberMark.count), as: UTF8.self)),
            let message = account.message(MessageID(rawValue: number))
        else { return [] }
        return [MaildirMessageName.Candidate(name: message.name)]
    }

    private func isMeant(
        _ file: MessageAttributes, _ candidate: MaildirMessageName.Candidate, _ shown: MaildirMessageName, _ kind: Kind
    ) -> Bool {
        guard file.standing != .scratch, candidate.size == nil || candidate.size == file.size,
            let message = account.message(file.id)
        else { return false }
        let marks = account.maildirMarks
        let flags = flags(of: message.id, message.flags)
        let isNew = flags.isEmpty && marks.isNew(message.id)
        // rename(2) to another name of the same file does nothing: a message has one name, but for what was delivered.
        if kind == .new { return isNew || marks.isDelivered(message.id) }
        return !isNew && (shown.flags == nil || shown.flags == flags)
    }

    private func flags(of id: MessageID, _ flags: Flags) -> MaildirFlags {
        var shown = MaildirFlags(flags)
        if account.maildirMarks.isTrashed(id) { shown.insert(.trashed) }
        return shown
    }

    func list(_ kind: Kind, into listing: inout ViewListing) async throws {
        try await listScratch(into: &listing)
        guard let home, kind != .tmp else { return }
        var odd: [(name: [UInt8], file: MessageAttributes, flags: MaildirFlags)] = []
        try await account.forEachFile(of: home) { name, file, flags in
            guard file.standing != .scratch else { return }
            let flags = self.flags(of: file.id, flags)
            guard (flags.isEmpty && account.maildirMarks.isNew(file.id)) == (kind == .new) else { return }
            // Another message may have the name by right.
            guard MaildirMessageName.rival(of: name) == nil else { return odd.append((Array(name), file, flags)) }
            listing.append(
                shown(MaildirMessageName.unique(of: name, size: file.size), flags, file.id, kind), aliasOf: file.id)
        }
        for (name, file, flags) in odd {
            var isTaken = false
            if let rival = MaildirMessageName.rival(of: name),
                case .message(let other, _)? = try await account.find(rival.name, in: home)
            {
                isTaken = other.size == rival.size && other.standing != .scratch
            }
            let unique = MaildirMessageName.unique(of: name, size: file.size, isTaken: isTaken)
            listing.append(shown(unique, flags, file.id, kind), aliasOf: file.id)
        }
    }

    private func shown(_ unique: [UInt8], _ flags: MaildirFlags, _ id: MessageID, _ kind: Kind) -> [UInt8] {
        let unique = unique.count > Self.uniqueLimit ? Self.numberMark + Array("\(id.rawValue)".utf8) : unique
        return kind == .new ? unique : MaildirMessageName(unique: unique, flags: flags).octets
    }

    /// A name that would leave no room for flags is the message's number in this mount.
    private static let uniqueLimit = 255 - ":2,DFPRST".utf8.count
    private static let numberMark = Array("%~".utf8)
}
