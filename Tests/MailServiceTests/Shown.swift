import IMAPValue
import MailModel
import MailService
import Synchronization

/// What a mount would show, kept from what the service tells.
final class Shown: MailObserver {
    struct Model {
        var folders: [FolderID: Folder] = [:]
        var messages: [FolderID: [MessageID: MessageSummary]] = [:]
        /// Every id that was ever removed.
        var removed: [MessageID] = []
        var removedFolders: [FolderID] = []
        /// What contradicts what was told before.
        var contradictions: [String] = []

        func folder(_ path: String) -> Folder? { folders.values.first { Model.text($0.path) == path } }

        static func text(_ path: [[UInt8]]) -> String {
            path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        }

        var paths: [String] { folders.values.map { Model.text($0.path) }.sorted() }

        /// Ascending by UID.
        func messages(in path: String) -> [MessageSummary] {
            guard let folder = folder(path) else { return [] }
            return (messages[folder.id] ?? [:]).values.sorted {
                ($0.uid?.rawValue ?? 0, $0.id) < ($1.uid?.rawValue ?? 0, $1.id)
            }
        }

        func uids(in path: String) -> [UInt32] { messages(in: path).compactMap(\.uid?.rawValue) }

        func message(_ uid: UInt32, in path: String) -> MessageSummary? {
            messages(in: path).first { $0.uid?.rawValue == uid }
        }

        func flags(of uid: UInt32, in path: String) -> [String]? { message(uid, in: path)?.flags.names.sorted() }
    }

    /// Nothing of it within the time.
    struct NeverShown: Error, CustomStringConvertible {
        let what: String
        let model: Model
        var description: String {
            "never shown: \(what); folders \(model.paths); "
                + model.folders.values.map { folder in
                    "\(Model.text(folder.path)): \((model.messages[folder.id] ?? [:]).count) messages"
                }.joined(separator: ", ") + " \(model.contradictions)"
        }
    }

    private struct Waiter {
        let number: Int
        let condition: @Sendable (Model) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var model = Model()
        var waiters: [Waiter] = []
        var next = 0
    }

    private let state = Mutex(State())

    var model: Model { state.withLock { $0.model } }

    func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) {
        change { model in
            for (folder, _) in folders { model.folders[folder.id] = folder }
            let paths = model.paths
            if Set(paths).count != paths.count { model.contradictions.append("two folders in one place: \(paths)") }
        }
    }

    func foldersRemoved(_ folders: [FolderID]) {
        change { model in
            for id in folders {
                if model.folders.removeValue(forKey: id) == nil {
                    model.contradictions.append("unknown folder removed")
                }
                model.messages[id] = nil
            }
            model.removedFolders += folders
        }
    }

    func messagesChanged(_ batch: AppliedBatch) {
        change { model in
            var messages = model.messages[batch.folder] ?? [:]
            for message in batch.arrived {
                if messages.updateValue(message, forKey: message.id) != nil {
                    model.contradictions.append("\(message.id.rawValue) arrived twice")
                }
            }
            for message in batch.updated {
                if messages.updateValue(message, forKey: message.id) == nil {
                    model.contradictions.append("\(message.id.rawValue) changed and was never shown")
                }
            }
            for id in batch.removed {
                // A folder that went has taken its messages along.
                if messages.removeValue(forKey: id) == nil, model.folders[batch.folder] != nil {
                    model.contradictions.append("\(id.rawValue) removed and was never shown")
                }
            }
            model.removed += batch.removed
            // What is flagged as deleted is not shown, and others may have its name.
            let visible = messages.values.filter { !$0.flags.isDeleted }
            if Set(visible.map(\.name)).count != visible.count {
                let twice = Dictionary(grouping: visible, by: \.name).filter { $0.value.count > 1 }
                model.contradictions.append("two messages of one name: \(twice.values.map { $0.map(\.described) })")
            }
            model.messages[batch.folder] = messages
        }
    }

    /// Takes over what an earlier run left.
    func loadAll(from service: MailService) throws {
        for id in model.folders.keys { try load(id, from: service) }
    }

    /// Takes over a listing as the cache has it.

    func load(_ folder: FolderID, from service: MailService) throws {
        var messages: [MessageID: MessageSummary] = [:]
        try service.loadListing(
            folder, { messages[$0.id] = $0 },
            done: {
                change { $0.messages[folder] = messages }
            })
    }

    private func change(_ body: (inout Model) -> Void) {
        let met = state.withLock { state in
            body(&state.model)
            let model = state.model
            let met = state.waiters.filter { $0.condition(model) }
            state.waiters.removeAll { waiter in met.contains { $0.number == waiter.number } }
            return met
        }
        for waiter in met { waiter.continuation.resume(returning: true) }
    }

    /// Suspends until what is shown is as wished; looked at after every change.
    func wait(
        _ what: String, seconds: Int = 30, until condition: @escaping @Sendable (Model) -> Bool
    ) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let deadline = Task {
            try await Task.sleep(for: .seconds(seconds))
            let late = state.withLock { state -> Waiter? in
                let index = state.waiters.firstIndex { $0.number == number }
                return index.map { state.waiters.remove(at: $0) }
            }
            late?.continuation.resume(returning: false)
        }
        let isMet = await withCheckedContinuation { continuation in
            let already = state.withLock { state in
                if condition(state.model) { return true }
                state.waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
                return false
            }
            if already { continuation.resume(returning: true) }
        }
        deadline.cancel()
        if !isMet { throw NeverShown(what: what, model: model) }
    }
}

extension MessageSummary {
    fileprivate var described: String {
        "\(String(decoding: name, as: UTF8.self)), id \(id.rawValue), UID \(uid?.rawValue ?? 0), \(flags.names)"
    }
}
