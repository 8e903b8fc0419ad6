internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

// Files that become messages.
extension Journal {
    /// Records a file that is still written to: what is there survives, and nothing of it is sent.
    func recordOpen(_ file: LocalFile) throws -> [OperationID] {
        var file = file
        // Should the program end before it is whole, its row says so.
        if !file.purpose.isBeingWritten { file.purpose = .unfinished }
        // Without a digest it is looked at again before it is sent.
        let upload = Upload(
            size: file.size, sha256: [], internalDate: file.modified, flags: flags(of: file))
        return try place(file, .append(file.id, to: file.folder, name: file.name, upload), isHeld: true)
    }

    /// As above, in place of what was recorded of the file before.
    ///
    /// - Parameter placing: its upload, or the copy that it was to be; nobody sends it.
    func recordOpen(_ file: LocalFile, in placing: Operation) throws {
        guard let target = placing.change.target else { return }
        let upload = Upload(size: file.size, sha256: [], internalDate: file.modified, flags: flags(of: file))
        try replace(placing.id, with: .append(file.id, to: target.folder, name: target.name, upload), files: [file])
    }

    /// Records a file for upload, or a copy of a message with the same bytes. What it replaces is deleted behind it.
    func upload(_ file: LocalFile, _ spool: FileDescriptor, replacing: MessageID?) throws -> [OperationID] {
        var file = file
        var spool = spool
        // What was written down may be of an earlier version.
        file.size = spool.size
        let text = try spool.examine()
        var digest = try spool.sha256()
        var twin = try twin(of: file, digest)
        if twin == nil, text.problem == nil, text.bareLineFeeds > 0 {
            // Some servers have messages with bare LF: a copy of one is as good as it is.
            try spool.convert()
            spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
            file.size = spool.size
            digest = try spool.sha256()
            twin = try self.twin(of: file, digest)
        }
        file.purpose = .upload
        if twin == file.id {
            try removeFile(file.id)
            return []
        }
        let upload = Upload(
            size: file.size, sha256: digest, internalDate: try internalDate(of: file, spool),
            flags: flags(of: file))
        if let failure = failure(of: text, size: file.size) {
            let recorded = try place(
                file, .append(file.id, to: file.folder, name: file.name, upload), isHeld: true)
            try fail(recorded.map { ($0, failure.0) })
            throw failure.1
        }
        var change = Change.append(file.id, to: file.folder, name: file.name, upload)
        var further: [NewOperation] = []
        if let source = twin {
            if !upload.flags.names.isEmpty {
                further.append(NewOperation(.flags(file.id, .replace(upload.flags)), after: .earlier(0)))
            }
            change = .copy(source: source, copy: file.id, to: file.folder, name: file.name)
            _ = try store.linkBody(of: source, to: file.id)
            return try watching([source]) {
                try place(file, change, further: further, replacing: replacing)
            }
        }
        return try place(file, change, further: further, replacing: replacing)
    }

    /// Stores a file with the operation that brings it to the server: a new one, or the one that it has.
    ///
    /// - Parameter replacing: goes behind it.
    func place(
        _ file: LocalFile, _ change: Change, further: [NewOperation] = [], replacing: MessageID? = nil,
        isHeld: Bool = false
    ) throws -> [OperationID] {
        // Whatever was to make a message of this file is taken over: an upload, or a copy of what it was before.
        let uploading = claim(file.id) { $0.change.makesMessage }
        defer { unclaim(uploading) }
        guard let uploading else {
            // What is on the wire is of other octets, and when it is settled the file goes.
            if isUploading(file.id) { throw ServiceError.inUse("an earlier version of it is being sent") }
            var entry = JournalEntry(recorded: [NewOperation(change)], files: [file])
            if let truth = view.withLock({ $0.truth(of: file.id) }) {
                // It is a new version of what is on the server, and has its id from here on.
                let old = try store.newMessageID()
                entry.detached = .init(file.id, as: old)
                entry.recorded.append(try removalOfDraft(truth, as: old))
            }
            entry.recorded += further
            return try write(entry, replacing: replacing, after: .earlier(0), isHeld: isHeld)
        }
        let later = further.map { new -> NewOperation in
            var new = new
            if new.after == .earlier(0) { new.after = .operation(uploading.id) }
            return new
        }
        if isHeld { view.withLock { $0.hold(uploading.id) } }
        try write(
            JournalEntry(amended: [.init(uploading.id, change)], recorded: later, files: [file]),
            replacing: replacing, after: .operation(uploading.id))
        if uploading.state.isFailed { try setWaiting([uploading.id]) }
        if !isHeld { view.withLock { $0.release(uploading.id) } }
        wakeSender()
        return [uploading.id]
    }

    func setWaiting(_ operations: [OperationID], answered: Bool = false) throws {
        guard !operations.isEmpty else { return }
        try store.setState(operations.map { ($0, .waiting) }, answered: answered) { changed in
            publish(AccountView.Changes(operations: changed))
        }
    }

    /// The message with the same bytes is gone: these are sent.
    ///
    /// - Parameter copying: waits.
    func uploadInstead(_ copying: Operation, _ file: LocalFile) throws {
        guard let target = copying.change.target else { return }
        var file = file
        var spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
        let text = try spool.examine()
        if text.problem == nil, text.bareLineFeeds > 0 {
            try spool.convert()
            spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
            file.size = spool.size
        }
        let upload = Upload(
            size: spool.size, sha256: try spool.sha256(), internalDate: try internalDate(of: file, spool),
            flags: flags(of: file))
        let append = Change.append(file.id, to: target.folder, name: target.name, upload)
        try write(JournalEntry(amended: [.init(copying.id, append)], files: [file]))
    }

    // MARK: - What is known of it

    /// What the account has with these bytes: the file itself where it is a new version of a message that is the same as the old one,
    /// else a message to copy.
    private func twin(of file: LocalFile, _ digest: [UInt8]) throws -> MessageID? {
        try isUnchanged(file, digest) ? file.id : copyable(file, digest)
    }

    func isUnchanged(_ file: LocalFile, _ digest: [UInt8]) throws -> Bool {
        guard view.withLock({ $0.truth(of: file.id) }) != nil else { return false }
        return try store.message(withBody: digest, size: file.size)?.summary.id == file.id
    }

    /// A message of the account with these bytes that stays as it is, and the date that was asked for, if one was.
    private func copyable(_ file: LocalFile, _ digest: [UInt8]) throws -> MessageID? {
        guard let found = try store.message(withBody: digest, size: file.size), found.summary.uid != nil,
            !file.modifiedWasSet || found.summary.internalDate == file.modified,
            !found.summary.flags.isDeleted, facts.folder(found.folder) != nil
        else { return nil }
        let id = found.summary.id
        return view.withLock { $0.journal.operations(of: id).isEmpty && $0.files[id] == nil } ? id : nil
    }

    /// What brings a file to the server has its flags, else the file.
    func flags(of file: LocalFile) -> Flags {
        let flags = view.withLock { view in
            switch view.journal.operations(of: file.id).last(where: { $0.change.makesMessage })?.change {
            case .append(_, _, _, let upload): upload.flags
            case .copy: view.shown(file.id)?.summary.flags ?? view.flags(of: file)
            default: view.flags(of: file)
            }
        }
        return Flags(system: flags.system.subtracting(.deleted), keywords: flags.keywords)
    }

    /// The time that a program gave the file, else its Date header if that is sane, else now.
    private func internalDate(of file: LocalFile, _ spool: FileDescriptor) throws -> Int64 {
        if file.modifiedWasSet { return file.modified }
        let date = Header(try spool.header()).value(of: "Date").flatMap(MessageDate.parse)
        return date.flatMap { Self.firstSaneDate...(now() + 86_400) ~= $0 ? $0 : nil } ?? now()
    }

    /// 1 January 1980.
    private static let firstSaneDate: Int64 = 315_532_800

    /// What is known here to be refused.
    private func failure(of text: MessageText, size: UInt64) -> (ChangeFailure, ServiceError)? {
        if let problem = text.problem {
            return (ChangeFailure(kind: .notAMessage, text: problem.text), .notAMessage(problem.text))
        }
        return refusal(ofSize: size)
    }

    /// Whether the server is known to take no message of so many octets; of a file that becomes one.
    func isTooLarge(_ id: MessageID, _ size: UInt64) -> Bool {
        guard let limit = facts.capabilities.appendLimit, size > limit else { return false }
        return localFile(id).map { $0.purpose != .scratch } ?? false
    }

    /// Why the server will not take so many octets, as far as that is known here.
    func refusal(ofSize size: UInt64) -> (ChangeFailure, ServiceError)? {
        // The quota is the server's to tell: other clients may have made room since it was asked for.
        guard let limit = facts.capabilities.appendLimit, size > limit else { return nil }
        let text = "the server takes messages of \(limit) octets at most"
        return (ChangeFailure(kind: .tooLarge, text: text), .tooLarge(limit: limit))
    }
}
