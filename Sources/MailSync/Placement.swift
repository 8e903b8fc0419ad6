internal import IMAPValue
public import MailModel

/// What the operations of one message make of it.
public struct Placement: Hashable, Sendable {
    public enum Place: Hashable, Sendable {
        /// Where the server has it, under the name that the index has.
        case asListed
        case at(FolderID, name: [UInt8])
        /// Deleted here.
        case hidden
    }

    /// Where its octets come from.
    public enum Content: Hashable, Sendable {
        /// The message that the server has under this id.
        case server
        /// Until the server has made the copy: this message's.
        case copy(of: MessageID)
        /// The spool file of its id.
        case upload(Upload)
    }

    public var place: Place
    public var content: Content
    /// In the order in which they were made.
    public var flags: [FlagChange]
    /// When the last of them was made, seconds since 1970; 0 without any.
    public var flagsChanged: Int64
    /// `.pending` or `.failed`.
    public var standing: MessageSummary.Standing
}

extension Placement {
    /// Folds the operations of one message, ascending; nil where none of them has an effect.
    init?(_ operations: [Operation]) {
        self.init(place: .asListed, content: .server, flags: [], flagsChanged: 0, standing: .pending)
        var isHidden = false
        var isEffective = false
        for operation in operations {
            let isFailed = operation.state.isFailed
            if isFailed {
                // Of what was refused only an upload stays.
                guard case .append = operation.change else { continue }
                standing = .failed
            }
            isEffective = true
            if let target = operation.change.target { place = .at(target.folder, name: target.name) }
            switch operation.change {
            case .append(_, _, _, let upload): content = .upload(upload)
            case .copy(let source, _, _, _): content = .copy(of: source)
            case .flags(_, let change):
                flags.append(change)
                flagsChanged = max(flagsChanged, operation.made)
                if change.undeletes { isHidden = false }
            case .delete, .expunge: isHidden = true
            case .move, .labels, .createFolder, .deleteFolder, .renameFolder: break
            }
        }
        guard isEffective else { return nil }
        if isHidden { place = .hidden }
    }

    /// The folder that operations bring the message to.
    var folder: FolderID? {
        if case .at(let folder, _) = place { folder } else { nil }
    }

    /// The flags that are shown.
    func applied(to flags: Flags) -> Flags {
        self.flags.reduce(flags) { $1.shown(on: $0) }
    }
}

extension FlagChange {
    /// Whether it takes `\Deleted` off, which only the return of a deleted message does.
    var undeletes: Bool {
        if case .remove(let flags) = self { flags.isDeleted } else { false }
    }

    /// The flags after it, `\Deleted` taken off where it says so.
    func shown(on flags: Flags) -> Flags {
        var result = applied(to: flags)
        if undeletes { result.system.remove(.deleted) }
        return result
    }
}

extension Operation.State {
    /// Refused for good.
    public var isFailed: Bool {
        if case .failed = self { true } else { false }
    }
}
