public import IMAPValue
public import MailModel

/// What became of an operation that was sent and whose answer never came. Decided from what the server has now.
public enum Recovery: Hashable, Sendable {
    /// It happened. The UID of the message that it brought to its target, where it brought one.
    case done(UID?)
    /// A move that made its copy, with this UID, and left the original.
    case doneHalf(UID)
    /// It had no effect, or can be sent twice without harm: it waits again.
    case again
    /// What it meant is not on the server any more.
    case gone
    /// Only the bytes of these messages can tell: decide again with what the comparison says. Ascending.
    case compareBody([UID])
    /// Nobody can say whether a message that is there is it: the server is one that changes what it stores.
    case unknowable
    /// The server said that it was done, and it is not to be seen.
    case unseen

    /// A message of the target folder.
    public struct Arrival: Hashable, Sendable {
        public enum Body: Hashable, Sendable {
            case notCompared
            /// The same bytes.
            case equal
            /// Other bytes, which many servers make of them when they store them.
            case sameMessage
            /// Other bytes, the same Message-ID and Date: as a server has changed them beyond that, or another text of somebody else's.
            case similar
            case different
        }

        public var uid: UID
        /// For a move or copy: it has the identity of the source. For an upload: its size or its identity is the upload's.
        public var isAlike: Bool
        /// Another operation brought it, or it was known before.
        public var isOwned: Bool
        public var body: Body

        public init(uid: UID, isAlike: Bool, isOwned: Bool = false, body: Body = .notCompared) {
            self.uid = uid
            self.isAlike = isAlike
            self.isOwned = isOwned
            self.body = body
        }
    }

    /// What the server has, after the folders concerned were listed anew.
    public struct Evidence: Hashable, Sendable {
        /// The message is still where the server had it. For an upload without meaning.
        public var sourceRemains: Bool
        /// In any order; those below the operation's `arrivesFrom` do not count.
        public var arrivals: [Arrival]
        /// The message has the flags, or labels, that the change makes.
        public var isInEffect: Bool
        /// LIST has the folder under its name before the operation; for `createFolder` under the name to be made.
        public var isListed: Bool
        /// LIST has the new name of a `renameFolder`.
        public var isListedAnew: Bool
        /// The server is known to change what it stores (HAZARD 38).
        public var changesUploads: Bool
        /// The server said that an `append` was done.
        public var isConfirmed: Bool
        /// Whether the texts of the arrivals tell which of them a `move` or `copy` brought.
        public var texts: Texts

        public enum Texts: Hashable, Sendable {
            /// No other can be like it.
            case needless
            /// Each arrival with the bytes of the source is `equal`.
            case compared
            /// Others are like it, and nobody has the text of the source any more.
            case lost
        }

        public init(
            sourceRemains: Bool = false, arrivals: [Arrival] = [], isInEffect: Bool = false, isListed: Bool = false,
            isListedAnew: Bool = false, changesUploads: Bool = false, isConfirmed: Bool = false,
            texts: Texts = .needless
        ) {
            self.sourceRemains = sourceRemains
            self.arrivals = arrivals
            self.isInEffect = isInEffect
            self.isListed = isListed
            self.isListedAnew = isListedAnew
            self.changesUploads = changesUploads
            self.isConfirmed = isConfirmed
            self.texts = texts
        }
    }

    /// - Parameter operation: one that was sent.
    public init(_ operation: Operation, _ evidence: Evidence) { self = Self.decide(operation, evidence) }

    private static func decide(_ operation: Operation, _ evidence: Evidence) -> Recovery {
        let arrivals = evidence.arrivals.filter { arrival in
            arrival.isAlike && !arrival.isOwned && operation.arrivesFrom.map { arrival.uid >= $0 } ?? true
        }.sorted { $0.uid < $1.uid }
        switch operation.change {
        case .move:
            guard let arrived = brought(arrivals, evidence) else { return evidence.sourceRemains ? .again : .gone }
            // It is one of them: none gets its name, and none is a reason to delete the original.
            if evidence.texts == .lost { return evidence.sourceRemains ? .again : .done(nil) }
            return evidence.sourceRemains ? .doneHalf(arrived.uid) : .done(arrived.uid)
        case .copy:
            if let arrived = brought(arrivals, evidence) { return .done(arrived.uid) }
            return evidence.sourceRemains ? .again : .gone
        case .append:
            return decide(uploaded: arrivals, evidence)
        case .flags, .labels:
            guard evidence.sourceRemains else { return .gone }
            return evidence.isInEffect ? .done(nil) : .again
        case .delete, .expunge:
            return evidence.sourceRemains ? .again : .done(nil)
        case .createFolder:
            return evidence.isListed ? .done(nil) : .again
        case .deleteFolder:
            return evidence.isListed ? .again : .done(nil)
        case .renameFolder:
            if evidence.isListed { return .again }
            return evidence.isListedAnew ? .done(nil) : .gone
        }
    }

    /// The message that a move or a copy brought.
    private static func brought(_ arrivals: [Arrival], _ evidence: Evidence) -> Arrival? {
        evidence.texts == .compared ? arrivals.first { $0.body == .equal } : arrivals.first
    }

    private static func decide(uploaded arrivals: [Arrival], _ evidence: Evidence) -> Recovery {
        if let arrived = arrivals.first(where: { $0.body == .equal }) { return .done(arrived.uid) }
        // As long as one is not compared it may be the one with the same bytes.
        let open = arrivals.filter { $0.body == .notCompared }
        guard open.isEmpty else { return .compareBody(open.map(\.uid)) }
        if let stored = arrivals.first(where: { $0.body == .sameMessage }) { return .done(stored.uid) }
        // What both call themselves decides nothing: the draft that a rival stores meanwhile has the same Message-ID and Date.
        guard let similar = arrivals.first(where: { $0.body == .similar }) else {
            return evidence.isConfirmed ? .unseen : .again
        }
        if evidence.isConfirmed { return .done(similar.uid) }
        return evidence.changesUploads ? .unknowable : .again
    }
}
