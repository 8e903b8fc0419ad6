public import MailModel
internal import Synchronization

/// What a Maildir says of messages that the account does not: it is forgotten with the mount.
public final class MaildirMarks: Sendable {
    private struct State {
        /// In `new`.
        var new: Set<MessageID> = []
        /// Found in `new` under the name that it was delivered by, wherever it is listed.
        var delivered: Set<MessageID> = []
        var trashed: Set<MessageID> = []
        /// Names in `tmp` that lead to what has been linked elsewhere.
        var linked: [LinkedName: MessageID] = [:]
    }

    struct LinkedName: Hashable {
        var folder: FolderID
        var name: [UInt8]
    }

    private let state = Mutex(State())

    public init() {}

    /// Messages without a flag have come to a folder, and nothing has seen them yet.
    public func arrived(_ ids: [MessageID]) {
        guard !ids.isEmpty else { return }
        state.withLock { $0.new.formUnion(ids) }
    }

    /// Messages are gone, or have been seen.
    public func left(_ ids: [MessageID], isGone: Bool) {
        state.withLock { state in
            if !state.new.isEmpty { state.new.subtract(ids) }
            guard isGone else { return }
            if !state.delivered.isEmpty { state.delivered.subtract(ids) }
            if !state.trashed.isEmpty { state.trashed.subtract(ids) }
        }
    }

    func isNew(_ id: MessageID) -> Bool { state.withLock { $0.new.contains(id) } }
    func isDelivered(_ id: MessageID) -> Bool { state.withLock { $0.delivered.contains(id) } }
    func isTrashed(_ id: MessageID) -> Bool { state.withLock { $0.trashed.contains(id) } }

    /// A program has named a message so.
    func named(_ id: MessageID, isNew: Bool, isDelivery: Bool, isTrashed: Bool) {
        state.withLock { state in
            if isNew { state.new.insert(id) } else { state.new.remove(id) }
            if isNew, isDelivery { state.delivered.insert(id) } else { state.delivered.remove(id) }
            if isTrashed { state.trashed.insert(id) } else { state.trashed.remove(id) }
        }
    }

    // MARK: - Names in tmp

    func link(_ name: [UInt8], in folder: FolderID, _ id: MessageID) {
        state.withLock { $0.linked[LinkedName(folder: folder, name: name)] = id }
    }

    func linked(_ name: [UInt8], in folder: FolderID) -> MessageID? {
        state.withLock { $0.linked[LinkedName(folder: folder, name: name)] }
    }

    func unlink(_ name: [UInt8], in folder: FolderID) -> Bool {
        state.withLock { $0.linked.removeValue(forKey: LinkedName(folder: folder, name: name)) } != nil
    }
}
