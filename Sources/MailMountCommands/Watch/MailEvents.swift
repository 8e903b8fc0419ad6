internal import MailModel
internal import MailService
internal import Synchronization

/// Tells whoever asked of each new message, beside what shows the account.
final class MailEvents: MailObserver {
    /// A message that has arrived.
    struct Arrival: Codable, Sendable, Equatable {
        /// The folder's path in the mount.
        var folder: String
        /// The path in the mount.
        var path: String
    }

    private struct State {
        var folders: [FolderID: [[UInt8]]] = [:]
        var newMail: NewMail
        var subscribers: [Int: AsyncStream<Arrival>.Continuation] = [:]
        var next = 0
    }

    private let shown: any MailObserver
    private let state: Mutex<State>

    /// - Parameters:
    ///   - shown: told of everything first.
    ///   - start: seconds since 1970: what was delivered before is no news.
    init(_ shown: any MailObserver, since start: Int64) {
        self.shown = shown
        state = Mutex(State(newMail: NewMail(since: start)))
    }

    func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) {
        shown.foldersPut(folders)
        state.withLock { state in
            for (folder, _) in folders { state.folders[folder.id] = folder.path }
        }
    }

    func foldersRemoved(_ folders: [FolderID]) {
        shown.foldersRemoved(folders)
        state.withLock { state in
            for folder in folders { state.folders[folder] = nil }
        }
    }

    func messagesChanged(_ batch: AppliedBatch) {
        shown.messagesChanged(batch)
        guard !batch.arrived.isEmpty else { return }
        state.withLock { state in
            guard let components = state.folders[batch.folder] else { return }
            for message in state.newMail.take(batch) {
                let folder = Self.text(components)
                let arrival = Arrival(folder: folder, path: Self.text(components + [message.name]))
                for subscriber in state.subscribers.values { subscriber.yield(arrival) }
            }
        }
    }

    /// Every arrival from now on, until the stream is dropped or `stop`. Who does not keep up loses the oldest of 10,000.
    func arrivals() -> AsyncStream<Arrival> {
        AsyncStream(bufferingPolicy: .bufferingNewest(10_000)) { continuation in
            let number = state.withLock { state in
                state.next += 1
                state.subscribers[state.next] = continuation
                return state.next
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.subscribers[number] = nil }
            }
        }
    }

    /// Ends all streams.
    func stop() {
        let subscribers = state.withLock { state in
            defer { state.subscribers = [:] }
            return state.subscribers
        }
        for subscriber in subscribers.values { subscriber.finish() }
    }

    private static func text(_ path: [[UInt8]]) -> String {
        path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }
}
