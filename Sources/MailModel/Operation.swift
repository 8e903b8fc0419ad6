public import IMAPValue

/// A change of the journal. Ascending in the order in which the changes were made; never reused.
public struct OperationID: Hashable, Sendable, Comparable, RawRepresentable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
    public static func < (left: OperationID, right: OperationID) -> Bool { left.rawValue < right.rawValue }
}

/// One change that the mount shows already and the server does not have yet, or refused.
public struct Operation: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// Not sent, or known to have had no effect.
        case waiting
        /// On the wire, or its answer was lost: only the server can tell whether it happened.
        case sent
        /// Refused for good: undone in the view, except that an upload stays, until it is tried again or given up.
        case failed(ChangeFailure)
    }

    public let id: OperationID
    public var change: Change
    public var state: State
    /// Sent only when this one is done; fails where it fails.
    public var after: OperationID?
    /// A deletion beyond what the mount may do by itself: not sent before somebody has released it.
    public var needsRelease: Bool
    /// The target's UIDNEXT as it was known before the change was sent: what it brought there has this UID or a higher one.
    public var arrivesFrom: UID?
    /// How often it was sent without an answer.
    public var attempts: Int
    /// Seconds since 1970.
    public var made: Int64
    /// Where the message was when a change was asked for that names no place itself: the message may be gone when somebody is told.
    public var place: Place?

    /// A folder, and a name in it.
    public struct Place: Hashable, Sendable {
        public var folder: FolderID
        public var name: [UInt8]

        public init(folder: FolderID, name: [UInt8]) {
            self.folder = folder
            self.name = name
        }
    }

    public init(
        id: OperationID, change: Change, state: State = .waiting, after: OperationID? = nil,
        needsRelease: Bool = false, arrivesFrom: UID? = nil, attempts: Int = 0, made: Int64,
        place: Place? = nil
    ) {
        self.id = id
        self.change = change
        self.state = state
        self.after = after
        self.needsRelease = needsRelease
        self.arrivesFrom = arrivesFrom
        self.attempts = attempts
        self.made = made
        self.place = place
    }

    /// It waits for somebody, not for the server.
    public var isHeld: Bool { needsRelease && state == .waiting }
}

/// Why the server, or what became of the message, does not let a change happen.
public struct ChangeFailure: Hashable, Sendable {
    /// What the caller's errno comes from; raw values are stored.
    public enum Kind: String, Hashable, Sendable {
        case gone, accessDenied, overQuota, tooLarge, readOnly, notEmpty, exists, noSuchFolder, badName, notAMessage
        case busy, refused
        /// An upload whose file was being written when the program ended: nobody has said that it is whole.
        case interrupted
    }

    public var kind: Kind
    /// For people.
    public var text: String

    public init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }
}

/// What is to become so on the server. Messages and folders are named by the ids of this mount, which outlast UIDs and epochs.
public enum Change: Hashable, Sendable {
    /// The message goes to another folder, under this name in the mount.
    case move(MessageID, to: FolderID, name: [UInt8])
    /// `copy` becomes a message with the bytes, flags and date of `source`.
    case copy(source: MessageID, copy: MessageID, to: FolderID, name: [UInt8])
    /// The spool file of this id becomes a message.
    case append(MessageID, to: FolderID, name: [UInt8], Upload)
    case flags(MessageID, FlagChange)
    case labels(MessageID, LabelChange)
    /// `\Deleted` is set; where a time follows, `expunge` does.
    case delete(MessageID)
    /// UID EXPUNGE of a message that was deleted here.
    /// - Parameter due: not before this, seconds since 1970; nil: never by itself.
    case expunge(MessageID, due: Int64?)
    /// The folder's row has the name to be made.
    case createFolder(FolderID)
    case deleteFolder(FolderID)
    /// The folder and all below it get another name on the server, and path in the mount.
    case renameFolder(FolderID, rawName: [UInt8], path: [[UInt8]])

    /// The message whose place, flags or labels it changes.
    public var message: MessageID? {
        switch self {
        case .move(let id, _, _), .append(let id, _, _, _), .flags(let id, _), .labels(let id, _), .delete(let id),
            .expunge(let id, _):
            id
        case .copy(_, let copy, _, _): copy
        case .createFolder, .deleteFolder, .renameFolder: nil
        }
    }

    /// The folder that a message comes to, and its name there.
    public var target: (folder: FolderID, name: [UInt8])? {
        switch self {
        case .move(_, let folder, let name), .copy(_, _, let folder, let name), .append(_, let folder, let name, _):
            (folder, name)
        case .flags, .labels, .delete, .expunge, .createFolder, .deleteFolder, .renameFolder: nil
        }
    }

    /// The folder whose own life it changes.
    public var folder: FolderID? {
        switch self {
        case .createFolder(let id), .deleteFolder(let id), .renameFolder(let id, _, _): id
        case .move, .copy, .append, .flags, .labels, .delete, .expunge: nil
        }
    }
}

/// What APPEND needs to know of a spool file.
public struct Upload: Hashable, Sendable {
    /// Octets of the file, which has CRLF line ends.
    public var size: UInt64
    public var sha256: [UInt8]
    /// Seconds since 1970.
    public var internalDate: Int64
    public var flags: Flags

    public init(size: UInt64, sha256: [UInt8], internalDate: Int64, flags: Flags) {
        self.size = size
        self.sha256 = sha256
        self.internalDate = internalDate
        self.flags = flags
    }
}

/// How the flags of a message are to change.
public enum FlagChange: Hashable, Sendable {
    /// `\Deleted` stays as it is.
    case replace(Flags)
    case add(Flags)
    case remove(Flags)

    /// The flags after it. `\Deleted` is not changed by any of them.
    public func applied(to flags: Flags) -> Flags {
        let deleted = flags.system.intersection(.deleted)
        switch self {
        case .replace(let new):
            return Flags(system: new.system.subtracting(.deleted).union(deleted), keywords: new.keywords)
        case .add(let more):
            return Flags(
                system: flags.system.union(more.system.subtracting(.deleted)), keywords: flags.keywords + more.keywords)
        case .remove(let less):
            let lower = Set(less.keywords.map { $0.lowercased() })
            return Flags(
                system: flags.system.subtracting(less.system.subtracting(.deleted)),
                keywords: flags.keywords.filter { !lower.contains($0.lowercased()) })
        }
    }
}
