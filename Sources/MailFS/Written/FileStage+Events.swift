internal import MailModel

/// What happens to a local file that is open, and what is asked of it.
enum FileEvent: Hashable, Sendable {
    /// Somebody is about to write or to truncate.
    case asksToWrite
    case wrote
    case truncated(toNothing: Bool)
    /// A write failed, with this error number.
    case failed(Int32)
    /// A program set its time.
    case touched
    /// One of those who write to it has closed or synchronised it; more may come.
    case paused(isEmpty: Bool)
    /// Somebody who writes to it says that this is the whole, and hears the answer.
    case finished(isEmpty: Bool)
    /// The last of those who write to it has closed it.
    case closed
    /// The journal knows what is there, and waits for the rest.
    case recorded
    /// The journal has it as it is to be, for this purpose; nil where it is the server's already.
    case settled(LocalFile.Purpose?, hasWriters: Bool)
    /// The journal has not taken it, and has it for this purpose.
    case unsettled(LocalFile.Purpose?, hasWriters: Bool)
    /// It has another name, and this purpose by that.
    case renamed(LocalFile.Purpose?, hasWriters: Bool)
    /// The octets of a message are here in place of its own.
    case copied(hasWriters: Bool)
    /// A draft may be written to again: the journal holds its upload back.
    case edited
    /// Those who wrote to it have closed it, and all that follows from that is done.
    case writersGone
    case unlinked
    /// It is let go of.
    case left
}

/// What whoever holds the file is to do.
enum FileAction: Hashable, Sendable {
    /// It cannot be written to: EPERM.
    case refuse
    /// The file is to be looked up again.
    case lookAgain
    /// The journal is to be told of it: for good, or, where it is open, to be held back. Then `recorded`, `settled` or `unsettled`.
    case record(isOpen: Bool)
    /// The caller is answered with this error number, and the journal is told nothing.
    case fail(Int32)
    /// From here on the octets are those that the journal has.
    case join
    /// What its writers made comes in the place of what the journal made of it.
    case takeBack
}

extension FileStage {
    mutating func happened(_ event: FileEvent) -> FileAction? {
        switch event {
        case .asksToWrite: return admission
        case .wrote, .truncated(toNothing: false): changed(.written, mendsSpoiled: false)
        // Whoever starts again from nothing has done away with what went wrong.
        case .truncated(toNothing: true): changed(.written, mendsSpoiled: true)
        case .failed(let number): changed(.spoiled(number), mendsSpoiled: true)
        case .copied(let hasWriters): return copied(hasWriters)
        case .touched: awaitsWord()
        case .paused(let isEmpty): return word(isEmpty: isEmpty, isLast: false)
        case .finished(let isEmpty): return word(isEmpty: isEmpty, isLast: true)
        case .closed: return word(isEmpty: false, isLast: true)
        case .recorded: if !isTold, !isSpoiled { self = .flushed }
        case .settled(let purpose, let hasWriters): return settle(purpose, hasWriters)
        case .unsettled(let purpose, let hasWriters):
            if FileStage(atRest: purpose) == .complete { return settle(purpose, hasWriters) }
        case .renamed(let purpose, let hasWriters):
            switch FileStage(atRest: purpose) {
            case .complete: return settle(purpose, hasWriters)
            case .interrupted: awaitsWord()
            default: break
            }
        case .edited: return takenUp()
        case .writersGone:
            guard self == .apart else { return nil }
            self = .complete
            return .join
        case .unlinked: if self != .left { self = .givenUp(isMessage: isMessage) }
        case .left: self = .left
        }
        return nil
    }

    private var isSpoiled: Bool {
        if case .spoiled = self { true } else { false }
    }

    private var admission: FileAction? {
        switch self {
        case .created, .written, .adopted, .flushed, .spoiled, .resting, .interrupted, .givenUp(isMessage: false): nil
        case .complete, .apart, .givenUp(isMessage: true): .refuse
        case .left: .lookAgain
        }
    }

    /// Its octets are others now.
    private mutating func changed(_ stage: FileStage, mendsSpoiled: Bool) {
        switch self {
        case .created, .written, .adopted, .flushed, .resting, .interrupted: self = stage
        case .spoiled: if mendsSpoiled { self = stage }
        case .complete, .apart, .givenUp, .left: break
        }
    }

    /// The caller of a copy may have been interrupted, and have closed the file before the copy was there.
    private mutating func copied(_ hasWriters: Bool) -> FileAction? {
        switch self {
        case .created, .written, .adopted, .flushed, .resting, .interrupted: self = .adopted
        case .spoiled(let number): return hasWriters ? nil : .fail(number)
        case .left: break
        case .complete, .apart, .givenUp: return nil
        }
        return hasWriters ? nil : .record(isOpen: false)
    }

    /// The journal has its octets, and is to be told once more that they are whole.
    private mutating func awaitsWord() {
        switch self {
        case .resting, .interrupted: self = .flushed
        case .created, .written, .adopted, .flushed, .spoiled, .complete, .apart, .givenUp, .left: break
        }
    }

    /// - Parameter isEmpty: it has no content, and more may be meant to come: shells close files before they write.
    private func word(isEmpty: Bool, isLast: Bool) -> FileAction? {
        switch self {
        case .spoiled(let number): .fail(number)
        case .written, .adopted: isEmpty ? nil : .record(isOpen: !isLast)
        case .created, .flushed: isLast && !isEmpty ? .record(isOpen: false) : nil
        case .resting, .interrupted, .complete, .apart, .givenUp, .left: nil
        }
    }

    private mutating func settle(_ purpose: LocalFile.Purpose?, _ hasWriters: Bool) -> FileAction? {
        switch self {
        case .created, .written, .adopted, .flushed, .spoiled, .resting, .interrupted:
            self = FileStage(atRest: purpose)
            guard self == .complete, hasWriters else { return .join }
            self = .apart
            return nil
        case .complete, .apart, .givenUp, .left: return nil
        }
    }

    private mutating func takenUp() -> FileAction? {
        switch self {
        case .complete, .givenUp(isMessage: true): self = .interrupted
        case .apart:
            self = .interrupted
            return .takeBack
        case .created, .written, .adopted, .flushed, .spoiled, .resting, .interrupted, .givenUp(isMessage: false),
            .left:
            break
        }
        return nil
    }
}
