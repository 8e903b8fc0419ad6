import InMemoryIMAP
import MailModel
import Synchronization

@testable import MailService

/// A service with one who looks at all its folders, as a mount does: first at a listing, then at what changes in it.
final class Mounted: MailObserver {
    let service: MailService
    /// Ends the service at a step.
    let probe: Probe
    let shown = Shown()
    private let loaded = Mutex<Set<FolderID>>([])
    private let isLeft = Mutex(false)

    init(_ service: MailService, _ probe: Probe) {
        self.service = service
        self.probe = probe
    }

    /// The program has ended: nobody waits for the server any more.
    func leave() { isLeft.withLock { $0 = true } }

    /// Starts the service, and returns when the account is there and its folders are listed.
    func start() async throws {
        try await service.start(observer: self)
        try look()
        while true {
            do {
                try await service.waitUntilReady()
                return
            } catch ServiceError.unavailable {
                await Self.pause()
            }
        }
    }

    /// Returns when all is as the server has it, through whatever ends connections meanwhile.
    func settle() async throws {
        guard let parts = service.running else { return }
        while true {
            await parts.steward.rest()
            do {
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                break
            } catch ServiceError.offline where !isLeft.withLock({ $0 }) {
                await Self.pause()
            }
        }
        await parts.scheduler.rest()
        try look()
    }

    /// Before a condition is looked at again that nobody tells of.
    static func pause() async { try? await Task.sleep(for: .milliseconds(2)) }

    /// Returns when the message can be read without asking the server.
    func readable(_ message: MessageSummary, in folder: FolderID) async throws {
        while true {
            do {
                _ = try await service.body(of: message, in: folder)
                return
            } catch ServiceError.offline where !isLeft.withLock({ $0 }) {
                await Self.pause()
            }
        }
    }

    /// Looks at the folders that were not looked at yet.
    func look() throws {
        for id in shown.model.folders.keys where !loaded.withLock({ $0.contains(id) }) {
            var messages: [MessageSummary] = []
            try service.loadListing(id, { messages.append($0) }) {
                _ = loaded.withLock { $0.insert(id) }
                shown.messagesChanged(AppliedBatch(folder: id, arrived: messages))
            }
        }
    }

    func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) { shown.foldersPut(folders) }

    func foldersRemoved(_ folders: [FolderID]) {
        loaded.withLock { $0.subtract(folders) }
        shown.foldersRemoved(folders)
    }

    func messagesChanged(_ batch: AppliedBatch) {
        if loaded.withLock({ $0.contains(batch.folder) }) { shown.messagesChanged(batch) }
    }
}
