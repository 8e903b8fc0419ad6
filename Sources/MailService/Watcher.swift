internal import IMAPClient
internal import IMAPCodec
internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailPool
internal import MailSync
internal import Synchronization

/// Listens on the watching connection: NOTIFY for every folder where the server has it, else IDLE on INBOX.
final class Watcher: Sendable {
    private struct State {
        var inbox: Folder?
        var hasNotify = false
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let folderNamed: @Sendable ([UInt8]) -> FolderID?
    private let folderMoved: @Sendable (FolderID) -> Void
    private let foldersChanged: @Sendable () -> Void

    init(
        logger: Logger, folderNamed: @escaping @Sendable ([UInt8]) -> FolderID?,
        folderMoved: @escaping @Sendable (FolderID) -> Void, foldersChanged: @escaping @Sendable () -> Void
    ) {
        self.logger = logger
        self.folderNamed = folderNamed
        self.folderMoved = folderMoved
        self.foldersChanged = foldersChanged
    }

    /// Whether the server pushes news of every folder.
    var hearsAllFolders: Bool { state.withLock { $0.hasNotify } }

    /// The folder that is watched whatever the server can do.
    var watched: FolderID? { state.withLock { $0.inbox?.id } }

    /// Selects INBOX and listens.
    ///
    /// - Returns: what is selected then.
    func start(on connection: IMAPConnection, inbox: Folder?) async throws -> SelectedFolder? {
        state.withLock { $0 = State(inbox: inbox) }
        var selected: SelectedFolder?
        if let inbox {
            let status = try await connection.perform(.examine(inbox.rawName, .plain), literals: nil) { incoming in
                switch incoming.response {
                case .exists, .recent, .flags: .taken
                default: .passed
                }
            }
            if status.kind == .ok {
                selected = SelectedFolder(folder: inbox.id, uidValidity: nil)
            } else {
                logger.info("cannot watch \(inbox.displayName): \(status.text)")
            }
        }
        if connection.capabilities.has(.notify) {
            let status = try await connection.perform(
                .notify(
                    NotifySet(
                        selected: [.messageNew, .messageExpunge, .flagChange],
                        personal: [.messageNew, .messageExpunge, .flagChange, .mailboxName])), literals: nil
            ) { _ in .passed }
            state.withLock { $0.hasNotify = status.kind == .ok }
        }
        if connection.capabilities.has(.idle) { connection.startIdle() }
        return selected
    }

    /// Called on the connection's event loop with whatever nobody asked for.
    func heard(_ incoming: Incoming) {
        switch incoming.response {
        case .exists, .expunge, .vanished, .fetch:
            if let inbox = state.withLock({ $0.inbox }) { folderMoved(inbox.id) }
        case .mailboxStatus(let status):
            if let folder = folderNamed(status.rawName) { folderMoved(folder) } else { foldersChanged() }
        case .list:
            foldersChanged()
        case .status(let status):
            if case .notificationOverflow = status.code {
                state.withLock { $0.hasNotify = false }
                foldersChanged()
            }
        default: break
        }
    }
}
