internal import Fuse
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

extension MailFileSystem {
    /// What says that a file may be whole.
    enum Occasion {
        case flush, synchronisation, release, truncation
    }

    /// Tells the service what was written to a file.
    ///
    /// - Parameter isOpen: it may be written to again: it is recorded and not sent.
    func complete(_ written: WrittenFile, isOpen: Bool, on occasion: Occasion) -> Answer<Void> {
        let outcome = written.work.withLock { record(&$0, written, isOpen: isOpen, on: occasion) }
        switch outcome {
        case .success(let receipt): return isOpen ? .done : settled(receipt, value: ())
        case .failure(let error): return .failed(error)
        }
    }

    func record(
        _ work: inout WrittenFile.Work, _ written: WrittenFile, isOpen: Bool, on occasion: Occasion
    ) -> Result<Receipt, Errno> {
        guard !work.isUnlinked, !work.isSealed, isOpen ? work.isChanged : !work.isClosed else {
            return .success(Receipt())
        }
        if let failure = work.failure { return .failure(failure) }
        // Shells flush before they write: an empty file is at rest only when all have closed it.
        if occasion == .flush || occasion == .synchronisation, work.file.size == 0 { return .success(Receipt()) }
        defer { if !isOpen { settle(&work, written) } }
        do {
            let receipt = try service.completed(written.id, isOpen: isOpen, modified: work.modifiedSet)
            work.isChanged = false
            // What cannot be a message says so where somebody still hears it; nothing of it is sent.
            if isOpen, occasion == .flush, work.mayHaveNUL, isMessage(written.id), work.file.hasNUL() {
                return .failure(.invalidArgument)
            }
            return .success(receipt)
        } catch {
            logger.info("file \(written.id.rawValue): \(error)")
            return .failure(Errno(error))
        }
    }

    private func isMessage(_ id: MessageID) -> Bool { service.localFile(id).map { $0.purpose != .scratch } ?? false }

    /// The service has the file as it is to be: the tree shows it, and a message is written to no more.
    func settle(_ work: inout WrittenFile.Work, _ written: WrittenFile) {
        work.isClosed = true
        switch service.localFile(written.id)?.purpose {
        case .scratch, .empty, .unfinished, .unattended, .open: break
        case .upload, nil: work.isSealed = true
        }
        work.allowance = 0
        if work.isSealed, files.hasWriters(written.id) { work.isApart = true } else { join(&work, written) }
    }

    /// Nobody writes to it any more: it is what the service has. Bare LF may have become CRLF, in another file.
    func join(_ work: inout WrittenFile.Work, _ written: WrittenFile) {
        if let file = try? FileDescriptor(writing: service.spoolPath(of: written.id)) { work.file = file }
        work.isApart = false
        written.show(nil)
    }

    /// The answer of a call whose change is recorded: at once, or with the server's verdict.
    func settled<Value: Sendable>(_ receipt: Receipt, value: Value) -> Answer<Value> {
        guard waitsForServer, !receipt.operations.isEmpty else { return .now(value) }
        return .later { [self] in
            do {
                try await service.verdictOrNothing(of: receipt)
                return value
            } catch {
                throw Errno(error)
            }
        }
    }
}
