internal import Fuse
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

// The journal is told what was written, as the file's stage says.
extension MailFileSystem {
    /// Somebody who writes to it has closed or synchronised it.
    ///
    /// - Parameters:
    ///   - isWhole: nothing more is to be waited for.
    ///   - isHeard: what cannot be a message is an error.
    func said(_ written: WrittenFile, isWhole: Bool, isHeard: Bool) -> Result<Receipt, Errno> {
        written.work.withLock { work in
            let isEmpty = work.file.size == 0
            let event = isWhole ? FileEvent.finished(isEmpty: isEmpty) : .paused(isEmpty: isEmpty)
            return tell(event, of: &work, written, isHeard: isHeard)
        }
    }

    func tell(_ event: FileEvent, of written: WrittenFile) -> Result<Receipt, Errno> {
        written.work.withLock { tell(event, of: &$0, written) }
    }

    func tell(
        _ event: FileEvent, of work: inout WrittenFile.Work, _ written: WrittenFile, isHeard: Bool = false
    ) -> Result<Receipt, Errno> {
        let action = work.happened(event)
        if event == .closed, case .fail(let number) = action { keepSpoiled(written, number) }
        return carryOut(action, of: &work, written, isHeard: isHeard)
    }

    /// Nobody has it open any more.
    private func keepSpoiled(_ written: WrittenFile, _ number: Int32) {
        do {
            try service.spoiled(written.id, problem: FileError.text(number))
        } catch {
            logger.info("file \(written.id.rawValue): \(error)")
        }
    }

    func carryOut(
        _ action: FileAction?, of work: inout WrittenFile.Work, _ written: WrittenFile, isHeard: Bool = false
    ) -> Result<Receipt, Errno> {
        switch action {
        case nil: return .success(Receipt())
        case .refuse: return .failure(.notPermitted)
        case .lookAgain: return .failure(.stale)
        case .fail(let number): return .failure(Errno(number))
        case .record(let isOpen): return record(&work, written, isOpen: isOpen, isHeard: isHeard)
        case .join:
            // Bare LF may have become CRLF, in another file.
            if let file = try? FileDescriptor(writing: service.spoolPath(of: written.id)) { work.join(file) }
            written.show(nil)
            return .success(Receipt())
        // Done by `takeUp`, which has the file to take it to.
        case .takeBack: return .success(Receipt())
        }
    }

    private func record(
        _ work: inout WrittenFile.Work, _ written: WrittenFile, isOpen: Bool, isHeard: Bool
    ) -> Result<Receipt, Errno> {
        do {
            let receipt = try service.completed(written.id, isOpen: isOpen, modified: work.modifiedSet)
            if !isOpen {
                let event = FileEvent.settled(purpose(of: written), hasWriters: files.hasWriters(written.id))
                return tell(event, of: &work, written).map { _ in receipt }
            }
            _ = work.happened(.recorded)
            // What cannot be a message says so where somebody still hears it; nothing of it is sent.
            if isHeard, work.mayHaveNUL, purpose(of: written) ?? .scratch != .scratch, work.file.hasNUL() {
                return .failure(.invalidArgument)
            }
            return .success(Receipt())
        } catch {
            logger.info("file \(written.id.rawValue): \(error)")
            if !isOpen {
                if waitsForServer { service.failLate(written.id) }
                let event = FileEvent.unsettled(purpose(of: written), hasWriters: files.hasWriters(written.id))
                _ = tell(event, of: &work, written)
            }
            return .failure(Errno(error))
        }
    }

    func purpose(of written: WrittenFile) -> LocalFile.Purpose? { service.localFile(written.id)?.purpose }

    /// The answer of a call whose change is recorded: at once, or with the server's verdict.
    ///
    /// - Parameter undo: what is to be done besides where that is an error.
    func settled<Value: Sendable>(
        _ receipt: Receipt, value: Value, undo: (@Sendable () throws -> Void)? = nil
    ) -> Answer<Value> {
        guard waitsForServer, !receipt.operations.isEmpty else { return .now(value) }
        return .later { [self] in
            do {
                try await service.verdictOrNothing(of: receipt)
                return value
            } catch {
                do {
                    try undo?()
                } catch {
                    logger.warning("what a call has changed cannot be undone: \(error)")
                }
                throw Errno(error)
            }
        }
    }
}
