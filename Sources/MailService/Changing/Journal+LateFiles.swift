internal import Glibc
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile
internal import Synchronization

/// A file that was closed, and that could not be recorded then.
struct LateFile: Hashable, Sendable {
    /// The time that a program gave it, seconds since 1970.
    var modified: Int64?
    /// Why, the last time that it was tried.
    var error: ServiceError
    /// Why it is not whole; nil where it is.
    var problem: String?
}

// Files whose close could not be recorded, for want of room, descriptors or memory: nobody closes them again, so they are tried again here.
extension Journal {
    /// Returns when no upload is held back for a file that was closed just now: who closed it does not wait for what is made of it. A file
    /// that stays open is waited for as long as changes are made, and a moment longer.
    func settleFiles(by clock: ServiceClock) async {
        _ = completeLate()
        let isHeld = { @Sendable [self] in
            view.withLock { view in view.held.contains { view.journal[$0]?.state == .waiting } }
        }
        var end = clock.now + .seconds(1)
        var made = changesMade.load(ordering: .sequentiallyConsistent)
        while isHeld(), facts.standing.isRunning, !Task.isCancelled {
            let now = changesMade.load(ordering: .sequentiallyConsistent)
            // As long as a change is being made there is progress: a large file takes a while.
            if now != made || changesUnderWay.load(ordering: .sequentiallyConsistent) > 0 {
                end = clock.now + .seconds(1)
            }
            guard clock.now < end else { return }
            made = now
            await waiting.wait(until: end, by: clock) { [self] in
                !isHeld() || changesMade.load(ordering: .sequentiallyConsistent) != now
            }
        }
    }

    /// A file was written and is at rest: at a flush, at fsync, at its release. Where it is a message, bare LF becomes CRLF, and it is
    /// recorded for upload, or for a copy on the server where this account has the same bytes. Without content it waits.
    ///
    /// - Parameters:
    ///   - isOpen: more may be written: it is recorded, but not sent before `completed` is called with false.
    ///   - modified: seconds since 1970, where a program set it.
    /// - Throws: `notAMessage`, `tooLarge` where that is known here; the file stays, failed. `noSpace`, `unavailable`, `inUse` where it is not
    ///   recorded now; unless it is open, it is when that has passed.
    func completed(_ id: MessageID, isOpen: Bool, modified: Int64?) throws -> Receipt {
        do {
            let receipt = try complete(id, isOpen: isOpen, modified: modified)
            if !isOpen { isLateNoMore(id) }
            return receipt
        } catch let error as ServiceError where !isOpen && error.isOfTheMoment {
            let known = late.withLock { $0.updateValue(LateFile(modified: modified, error: error), forKey: id) }
            store.setClosed(id, true)
            showAsWritten(id)
            if known == nil { wakeSender() }
            throw error
        }
    }

    /// What is there is shown, although no row can say so.
    private func showAsWritten(_ id: MessageID) {
        guard var file = localFile(id), let status = FileNames.status(store.spoolPath(of: id)) else { return }
        file.size = UInt64(clamping: status.st_size)
        do {
            try inOrder { publish(AccountView.Changes(files: [file])) }
        } catch {
            logger.info("file \(id.rawValue): \(error)")
        }
    }

    private func isLateNoMore(_ id: MessageID) {
        if late.withLock({ $0.removeValue(forKey: id) }) != nil { store.setClosed(id, false) }
    }

    /// Records files whose close could not be recorded, as far as that can be done now.
    ///
    /// - Returns: seconds until it is worth to try again; nil where none is left.
    func completeLate() -> Int64? {
        var pause: Int64?
        for (id, file) in late.withLock({ $0 }) {
            do {
                let isMeant = { self.late.withLock { $0[id] == file } }
                if let problem = file.problem {
                    try recordSpoiled(id, problem: problem, where: isMeant)
                } else {
                    _ = try complete(id, isOpen: false, modified: file.modified, where: isMeant)
                }
                if late.withLock({ $0[id] == file }) { isLateNoMore(id) }
            } catch let error as ServiceError where error.isOfTheMoment {
                late.withLock { if $0[id] == file { $0[id]?.error = error } }
                if error == .noSpace { return 30 }
                pause = 5
            } catch {
                late.withLock { if $0[id] == file { $0[id] = nil } }
                logger.warning("file \(id.rawValue) cannot be uploaded: \(error)")
            }
        }
        return pause
    }

    /// Whoever closed a file heard that it could not be recorded, and takes it for failed: it is kept and listed so when that can be
    /// done, and never sent by itself.
    func failLate(_ id: MessageID) {
        late.withLock { if let file = $0[id], file.problem == nil { $0[id]?.problem = file.error.description } }
        store.setClosed(id, false)
    }

    /// Somebody may write to a file from now on, and says himself when it is whole.
    ///
    /// - Returns: whether it was closed before, and that is not recorded: it is to be said again, whether it is written to or not.
    func takeUpLate(_ id: MessageID) throws -> Bool {
        guard late.withLock({ $0[id] != nil }) else { return false }
        return try changing {
            guard let file = late.withLock({ $0.removeValue(forKey: id) }) else { return false }
            store.setClosed(id, false)
            return file.problem == nil
        }
    }

    /// Files that were closed and are not recorded yet, by their paths.
    var lateUploads: [LateUpload] {
        let files = late.withLock { $0 }
        return files.compactMap { id, late -> LateUpload? in
            localFile(id).map { file in
                let error = late.problem.map { "a write to it failed (\($0)), and it is not whole" }
                return LateUpload(path: path(file.folder, file.name), error: error ?? late.error.description)
            }
        }.sorted { $0.path < $1.path }
    }

    /// How many of them the journal counts not yet.
    var lateCount: Int {
        let ids = late.withLock { Array($0.keys) }
        return ids.count { localFile($0) != nil && !isUploading($0) }
    }
}

extension ServiceError {
    /// It says something of the place and the time, and nothing of what was to be done.
    var isOfTheMoment: Bool {
        switch self {
        case .noSpace, .diskFailed, .unavailable, .inUse, .busy, .offline, .timedOut: true
        case .limitReached, .accessDenied, .gone, .tooLarge, .noSuchFolder, .readOnly, .notPermitted, .notAMessage,
            .overQuota, .notEmpty, .exists, .badName, .nameTooLong, .refused, .noSuchChange:
            false
        }
    }
}
