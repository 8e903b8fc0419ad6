internal import Fuse
internal import Glibc
internal import IMAPValue
internal import MailModel
internal import MailTree

extension MaildirDirectory: FileDirectory {
    func message(named name: [UInt8]) -> MessageID? {
        guard case .files(let kind) = place, kind != .tmp else { return nil }
        return known(name, kind)
    }

    func knownEntry(_ name: [UInt8]) -> Entry? { message(named: name).flatMap { account.entry(of: $0) } }

    // MARK: - New files

    /// What is made in `tmp` is a file of this mount until it is renamed; what is made in `cur` or `new` itself is a message when it is closed,
    /// as a `.eml` is.
    func createFile(_ name: [UInt8], flags: Int32, _ caller: Caller) async throws -> CreateReply {
        let (home, stored, shown) = try stored(new: name)
        // The kernel found none of that name: one with other flags is another's.
        let flags = shown == nil ? flags : flags | O_EXCL
        var reply = try await account.createFile(stored, in: home, flags: flags, caller)
        reply.entry.entryTimeout = validity
        if let shown {
            do {
                try await delivered(reply.entry, shown, in: home)
            } catch {
                try? await account.removeFile(stored, in: home, caller)
                throw error
            }
        }
        return reply
    }

    func makeFile(_ name: [UInt8], _ caller: Caller) async throws -> Entry {
        let (home, stored, shown) = try stored(new: name)
        var entry = try await account.makeFile(stored, in: home, caller)
        entry.entryTimeout = validity
        if let shown { try await delivered(entry, shown, in: home) }
        return entry
    }

    /// - Returns: as a message is shown; nil for what is none.
    private func stored(
        new name: [UInt8]
    ) throws -> (home: FolderID, stored: [UInt8], shown: MaildirMessageName?) {
        if account.isReadOnly { throw Errno.readOnlyFileSystem }
        let home = try needHome()
        if let stored = scratchName(name) {
            guard stored.count <= 255 else { throw Errno.nameTooLong }
            return (home, stored, nil)
        }
        guard let shown = MaildirMessageName(name), let stored = shown.stored(size: nil) else {
            throw Errno.invalidArgument
        }
        guard stored.count <= 255 else { throw Errno.nameTooLong }
        return (home, stored, shown)
    }

    private func delivered(_ entry: Entry, _ shown: MaildirMessageName, in home: FolderID) async throws {
        guard let id = InodeNumber(rawValue: entry.inode).message else { return }
        try await account.change(id, MaildirFlags().changes(to: shown.flags ?? []))
        mark(id, shown, isDelivery: true, in: home)
    }

    /// A message may have the name in the folder under other flags here: who saw no such file must not replace it.
    private func requireFree(_ stored: [UInt8], for id: MessageID, in home: FolderID) async throws {
        if let other = try await account.find(stored, in: home), other.inode != InodeNumber(id) { throw Errno.exists }
    }

    private func mark(_ id: MessageID, _ shown: MaildirMessageName, isDelivery: Bool, in home: FolderID) {
        account.maildirMarks.named(
            id, isNew: place == .files(.new), isDelivery: isDelivery,
            isTrashed: shown.flags?.contains(.trashed) ?? false)
        account.noteChange(in: home)
    }

    // MARK: - Other names

    func rename(
        _ name: [UInt8], to target: any FileDirectory, as newName: [UInt8], isExclusive: Bool, _ caller: Caller
    ) async throws {
        guard let target = target as? MaildirDirectory else { throw Errno.readOnlyFileSystem }
        if account.isReadOnly { throw Errno.readOnlyFileSystem }
        if let folder = subfolder(name) {
            return try await rename(folder, target, newName, isExclusive, caller)
        }
        guard case .files(let kind) = place, scratchName(name) == nil else {
            if Self.kind(name) != nil, place == .root || place == .folder { throw Errno.busy }
            return try await target.take(
                scratch: scratchName(name) ?? name, from: try needHome(), as: newName, isExclusive, caller)
        }
        guard let (id, stored) = try await message(name, kind), let old = MaildirMessageName(name) else {
            throw Errno.notFound
        }
        try await target.take(id, stored, old, from: try needHome(), as: newName, isExclusive, caller)
    }

    /// Takes in what is no message yet: under a message's name it is delivered.
    private func take(
        scratch stored: [UInt8], from source: FolderID, as name: [UInt8], _ isExclusive: Bool, _ caller: Caller
    ) async throws {
        let home = try needHome()
        if Self.kind(name) != nil, place == .root || place == .folder { throw Errno.isDirectory }
        if let target = scratchName(name) {
            guard target.count <= 255 else { throw Errno.nameTooLong }
            return try await account.renameFile(
                stored, in: source, to: home, as: target, isExclusive: isExclusive, caller)
        }
        guard let file = account.knownFile(stored, in: source) else { throw Errno.notFound }
        guard let shown = MaildirMessageName(name), case .files(let kind) = place else { throw Errno.invalidArgument }
        let replaced = try await message(name, kind)?.stored
        guard let target = replaced ?? shown.stored(size: nil) else { throw Errno.invalidArgument }
        guard target.count <= 255 else { throw Errno.nameTooLong }
        if replaced == nil { try await requireFree(target, for: file.id, in: home) }
        // Before it is a message, so that they go to the server with it.
        try await account.change(file.id, MaildirFlags().changes(to: shown.flags ?? []))
        try await account.renameFile(stored, in: source, to: home, as: target, isExclusive: isExclusive, caller)
        mark(file.id, shown, isDelivery: true, in: home)
    }

    /// Takes in a message under another name: what differs in its flags is changed, and where its folder is another it is moved.
    private func take(
        _ id: MessageID, _ stored: [UInt8], _ old: MaildirMessageName, from source: FolderID, as name: [UInt8],
        _ isExclusive: Bool, _ caller: Caller
    ) async throws {
        let home = try needHome()
        guard case .files(let kind) = place, scratchName(name) == nil else { throw Errno.notPermitted }
        guard let shown = MaildirMessageName(name) else { throw Errno.invalidArgument }
        let replaced = try await message(name, kind)
        if let replaced, replaced.id != id, isExclusive { throw Errno.exists }
        let isSame = shown.unique == old.unique
        guard
            let target = replaced?.stored
                ?? (isSame ? stored : shown.stored(size: account.message(id)?.size))
        else { throw Errno.invalidArgument }
        guard target.count <= 255 else { throw Errno.nameTooLong }
        if replaced == nil { try await requireFree(target, for: id, in: home) }
        let isMoved = source != home || target != stored
        // Neither flags nor place change where one may not.
        if isMoved {
            try account.requireRename(id, from: source, to: home, as: target, replacing: replaced?.id)
        }
        try await account.change(id, (old.flags ?? []).changes(to: shown.flags ?? []))
        if isMoved {
            try await account.renameFile(stored, in: source, to: home, as: target, isExclusive: isExclusive, caller)
        }
        mark(id, shown, isDelivery: false, in: home)
    }

    /// As delivery does that must replace nothing: the name in `tmp` stays until it is removed.
    func link(_ message: MessageID, as name: [UInt8], _ caller: Caller) async throws -> Entry {
        guard case .files(let kind) = place, kind != .tmp, scratchName(name) == nil,
            let file = account.message(message), file.standing == .scratch,
            let source = account.path(of: message).flatMap({ account.folder(at: $0.dropLast()) })?.id
        else { throw Errno.notPermitted }
        let temporary = MaildirDirectory(account, .files(.tmp), source, started: started)
        let prefix = temporary.scratchName([]) ?? []
        guard file.name.starts(with: prefix) else { throw Errno.notPermitted }
        try await take(scratch: file.name, from: source, as: name, true, caller)
        account.maildirMarks.link(Array(file.name.dropFirst(prefix.count)), in: source, message)
        guard var entry = account.entry(of: message) else { throw Errno.stale }
        entry.entryTimeout = validity
        return entry
    }

    func unlink(_ name: [UInt8], _ caller: Caller) async throws {
        if account.isReadOnly { throw Errno.readOnlyFileSystem }
        let home = try needHome()
        if place == .files(.tmp), account.maildirMarks.unlink(name, in: home) { return }
        if let stored = scratchName(name) {
            if Self.kind(name) != nil || subfolder(name) != nil, place == .root || place == .folder {
                throw Errno.isDirectory
            }
            return try await account.removeFile(stored, in: home, caller)
        }
        guard case .files(let kind) = place, let (_, stored) = try await message(name, kind) else {
            throw Errno.notFound
        }
        try await account.removeFile(stored, in: home, caller)
    }

    func synchronise() async throws {
        guard let home else { return }
        try await account.synchronise(home)
    }
}
