internal import Glibc
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

// Files that were being written when the program ended. Their uploads have failed in the journal, as `interrupted`, and their files stay
// writable: who writes or touches one and closes it says that it is whole.
extension Journal {
    /// Settles what an earlier run left of files that become messages. A file that was seen closed is recorded for upload where it was
    /// not yet; one that was not is kept and not sent.
    func finishUploads() throws {
        for file in view.withLock({ Array($0.files.values) }).sorted(by: { $0.id < $1.id }) {
            let placing = view.withLock { $0.journal.operations(of: file.id).first(where: \.isPlacing) }
            do {
                if placing == nil, isWithoutOctets(file) {
                    logger.warning("file \(file.id.rawValue) is gone from the spool")
                    try removeFile(file.id)
                    continue
                }
                switch file.purpose {
                case .scratch:
                    let size = try FileDescriptor(reading: store.spoolPath(of: file.id)).size
                    if size != file.size { try put(file.resized(to: size)) }
                case .empty:
                    // Somebody was writing to it.
                    if try FileDescriptor(reading: store.spoolPath(of: file.id)).size > 0 {
                        try interrupt(file, placing)
                    }
                case .unfinished, .unattended, .open:
                    if store.isClosed(file.id) {
                        store.setClosed(file.id, false)
                        _ = try completed(file.id, isOpen: false, modified: nil)
                    } else if try !takeUpEarlier(file, placing) {
                        try interrupt(file, placing)
                    }
                case .upload:
                    store.dropEarlier(of: file.id)
                    if let placing {
                        if placing.isUnread, placing.isInterrupted || !placing.state.isFailed {
                            try interrupt(file, placing)
                        }
                    } else {
                        // Of what the server has already nothing becomes of it but that the file goes.
                        _ = try completed(file.id, isOpen: false, modified: nil)
                    }
                }
            } catch {
                // One damaged file is no reason to show none.
                logger.warning("file \(file.id.rawValue) cannot be uploaded: \(error)")
                logger.debug("file \(file.id.rawValue) is \(String(decoding: file.name, as: UTF8.self))")
            }
        }
    }

    /// After a loss of power a row may be there without what it tells of. Where nothing was to bring that to the server, nothing is left.
    private func isWithoutOctets(_ file: LocalFile) -> Bool {
        do throws(FileError) {
            _ = try FileDescriptor(reading: store.spoolPath(of: file.id))
            return false
        } catch {
            return error.code == ENOENT
        }
    }

    /// - Parameter placing: its upload, where it was recorded while it was written.
    private func interrupt(_ old: LocalFile, _ placing: Operation?) throws {
        var file = old
        let placing = placing.flatMap { if case .append = $0.change { $0 } else { nil } }
        if let placing, placing.isSpoiled { return }
        let spool = try FileDescriptor(reading: store.spoolPath(of: file.id))
        file.size = spool.size
        let isNewVersion = view.withLock { $0.truth(of: file.id) } != nil
        if placing == nil {
            // Nothing was written yet: a draft is as it was, and a new file waits for content, or was never anything.
            if isNewVersion, try file.size == 0 || isUnchanged(file, try spool.sha256()) {
                return try removeFile(file.id)
            }
            if file.size == 0 { return file.purpose == .unfinished ? try removeFile(file.id) : try keepEmpty(file) }
        }
        try keep(&file, placing, because: placing?.isInterrupted == true ? nil : .interrupted)
    }

    /// Keeps a file, which is not to be sent as it is, under its name.
    ///
    /// - Parameter failure: nil where it is known already.
    func keep(_ file: inout LocalFile, _ placing: Operation?, because failure: ChangeFailure?) throws {
        // What was recorded of it may be what it was before.
        if let placing { try recordOpen(file, in: placing) }
        // The upload comes first.
        let upload = try placing?.id ?? recordOpen(file).first
        if let failure, let upload {
            // What it was moved over stays replaced, and is deleted when it is sent. A deletion that was recorded behind anything else has
            // not failed: it is not to come.
            let isMovedOver =
                failure.kind == .interrupted && file.size > 0 && facts.folder(file.folder)?.specialUse != .drafts
            if !isMovedOver { try yieldName(of: &file, upload) }
            try fail([(upload, failure)], keepsDependents: isMovedOver)
        }
        file.purpose = .open
        try put(file)
    }

    /// A write to a file failed, and those who had it open have closed it: what is there is not what was meant to be. It is kept, and
    /// listed as failed, until somebody writes it anew, touches it, or gives it up.
    ///
    /// - Parameter problem: why the write failed, for people.
    /// - Throws: `ServiceError`; where it is not recorded now it is when that can be done.
    func spoiled(_ id: MessageID, problem: String) throws {
        do {
            try recordSpoiled(id, problem: problem)
        } catch let error as ServiceError where error.isOfTheMoment {
            let file = LateFile(error: error, problem: problem)
            if late.withLock({ $0.updateValue(file, forKey: id) }) == nil { wakeSender() }
            throw error
        }
    }

    func recordSpoiled(_ id: MessageID, problem: String, where isMeant: () -> Bool = { true }) throws {
        try changing {
            guard isMeant() else { return }
            try watching([id]) {
                guard var file = localFile(id), file.purpose.isBeingWritten || file.purpose == .empty else { return }
                let placing = view.withLock { $0.journal.operations(of: id).first(where: \.isPlacing) }
                file.size = try FileDescriptor(reading: store.spoolPath(of: id)).size
                // Nothing was written: it waits for content.
                if file.size == 0, placing == nil { return try keepEmpty(file) }
                let text =
                    "a write to it failed (\(problem)): it is not whole. Write it anew, or touch it to send it as it is"
                try keep(&file, placing, because: ChangeFailure(kind: .notAMessage, text: text))
            }
        }
    }

    /// What comes behind interrupted uploads: nothing of it is sent before somebody says that those are whole.
    var behindInterrupted: Set<OperationID> {
        let interrupted = view.withLock { $0.journal.failed }.filter(\.isInterrupted).map(\.id)
        return interrupted.isEmpty ? [] : Set(dependents(of: interrupted))
    }

    /// What an upload was to replace stays, under the name that it had, or comes under it.
    private func yieldName(of file: inout LocalFile, _ upload: OperationID) throws {
        let (change, replaced, here) = view.withLock { view in
            let behind = view.journal.operations.filter { $0.after == upload }
            let deleted = behind.compactMap { if case .delete(let id) = $0.change { id } else { nil } }
            let coming = deleted.filter { id in
                view.journal.operations(of: id).last { $0.isPlacing && !$0.state.isFailed }?.change.target?.folder
                    == file.folder
            }
            let here = deleted.filter { view.truth(of: $0)?.folder == file.folder }
            return (view.journal[upload]?.change, coming + here, here)
        }
        guard !replaced.isEmpty, let change else { return }
        let name = file.name
        file.name = try freeNumberedName(name, in: file.folder, for: replaced + [file.id])
        try replace(upload, with: change.redirected(to: file.folder, name: file.name), files: [file])
        try put(file)
        for id in here { try store.setName(name, of: id) { publish($0) } }
    }

    private func keepEmpty(_ file: LocalFile) throws {
        var file = file
        file.purpose = .empty
        try put(file)
    }

    /// Somebody says that an interrupted or found file is whole. What cannot be a message has failed then.
    func resume(_ operation: Operation) throws {
        guard let id = operation.change.message, var file = localFile(id) else { return }
        try watching([id]) {
            let spool = try FileDescriptor(reading: store.spoolPath(of: id))
            file.size = spool.size
            do {
                _ = try upload(file, spool, replacing: nil)
            } catch let error as ServiceError {
                logger.info("file \(id.rawValue): \(error)")
            }
        }
    }
}

extension ChangeFailure {
    static let interrupted = ChangeFailure(
        kind: .interrupted, text: "it was still being written when the program ended")
}

extension Operation {
    /// Its file was being written when an earlier run ended.
    var isInterrupted: Bool {
        if case .failed(let failure) = state { failure.kind == .interrupted } else { false }
    }

    /// A write to its file failed: what is there is not the whole. What was found to be no message was read for that.
    var isSpoiled: Bool {
        if case .failed(let failure) = state { failure.kind == .notAMessage && isUnread } else { false }
    }

    /// What its file holds is not to be sent, however often: it is not whole, or cannot be a message.
    var isNoMessage: Bool {
        if case .failed(let failure) = state { failure.kind == .notAMessage } else { false }
    }

    /// An upload that was recorded before it was known to be whole: without a digest.
    var isUnread: Bool {
        if case .append(_, _, _, let upload) = change { upload.sha256.isEmpty } else { false }
    }
}

extension LocalFile {
    fileprivate func resized(to size: UInt64) -> LocalFile {
        var file = self
        file.size = size
        return file
    }
}
