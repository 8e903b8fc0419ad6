internal import Digest
internal import IMAPValue
internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile

/// How many moves and copies without an answer brought messages to a folder that their headers do not tell apart.
struct Likenesses {
    private struct Place: Hashable {
        let identity: MessageIdentity
        let folder: FolderID
    }

    private var counts: [Place: Int] = [:]

    init(of sent: [Operation], in store: MailStore) throws {
        for operation in sent {
            guard let origin = operation.change.origin, let target = operation.change.target?.folder,
                let identity = try store.message(origin)?.identity ?? store.identity(sentWith: operation.id)
            else { continue }
            counts[Place(identity: identity, folder: target), default: 0] += 1
        }
    }

    func count(of identity: MessageIdentity, to folder: FolderID) -> Int {
        counts[Place(identity: identity, folder: folder)] ?? 0
    }
}

// Header, size and date are alike in messages that a script writes within a second, and in those that somebody sends twice: only their
// texts tell which of them a move or a copy brought (HAZARD 24).
extension ChangeSender {
    /// What came to the target of a move or copy and may be its message or another; nil where it can be no other.
    func alike(to operation: Operation, _ likenesses: Likenesses) throws -> [Recovery.Arrival]? {
        guard operation.change.origin != nil, let target = operation.change.target?.folder else { return nil }
        guard let source = try operation.change.origin.flatMap({ try journal.store.message($0) }) else {
            let found = try found(likeSent: operation, in: target).filter { !$0.isOwned }
            let identity = try journal.store.identity(sentWith: operation.id)
            let isOne = found.count == 1 && identity.map { likenesses.count(of: $0, to: target) <= 1 } ?? true
            return found.isEmpty || isOne ? nil : found
        }
        guard !source.identityIsProof else { return nil }
        let found = try found(like: source, in: target, from: operation.arrivesFrom).filter {
            $0.isAlike && !$0.isOwned
        }
        guard !found.isEmpty else { return nil }
        // The original of a move is deleted for it: that of a copy is not.
        let isRisky = if case .move = operation.change { source.summary.uid != nil } else { false }
        let isOne = found.count == 1 && likenesses.count(of: source.identity, to: target) <= 1
        let header = try journal.store.header(of: source.summary.id).map(Header.init)
        let isNamed = header?.value(of: "Message-ID") != nil
        return isOne && !isRisky && isNamed ? nil : found
    }

    /// Says which of these arrivals have the bytes of what was moved or copied.
    func compare(
        _ alike: [Recovery.Arrival], with operation: Operation, _ bodies: inout [UID: Recovery.Arrival.Body],
        _ arrivals: inout Arrivals
    ) async throws -> Recovery.Evidence.Texts {
        guard let target = operation.change.target?.folder else { return .lost }
        guard let text = try await text(of: operation) else {
            return try await haveOneText(alike, in: target, &arrivals) ? .needless : .lost
        }
        let digest = try text.sha256()
        // Where the server claims wrong sizes, it does of all of them.
        let sizes = try Set(alike.compactMap { try arrivals.message($0.uid, in: target)?.metadata.size })
        for size in sizes {
            let equal = try await equal(
                to: digest, size: size, in: target, from: operation.arrivesFrom, &arrivals)
            if let equal { bodies[equal] = .equal }
        }
        return .compared
    }

    /// Whether it does not matter which of them it is.
    private func haveOneText(
        _ alike: [Recovery.Arrival], in folder: FolderID, _ arrivals: inout Arrivals
    ) async throws -> Bool {
        guard alike.count <= Self.mostCompared else { return false }
        var text: [UInt8]?
        for arrival in alike {
            guard let message = try arrivals.message(arrival.uid, in: folder),
                let octets = try await octets(of: message.id, in: folder)
            else { return false }
            let digest = try octets.sha256()
            guard text == nil || text == digest else { return false }
            text = digest
        }
        return true
    }

    private static let mostCompared = 50

    /// What was moved or copied; nil where nobody has it any more, or the server cannot give it.
    func text(of operation: Operation) async throws -> FileDescriptor? {
        guard let source = try operation.change.origin.flatMap({ try journal.store.message($0) }),
            source.summary.isCached || source.summary.uid != nil
        else { return nil }
        do {
            return try await bodies.body(of: source.summary, in: source.folder).duplicate()
        } catch let error as ServiceError {
            switch error {
            case .gone, .tooLarge, .unavailable: return nil
            default: throw error
            }
        }
    }
}
