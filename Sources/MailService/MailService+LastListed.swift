internal import Logging
public import MailModel
internal import MailStore
internal import Synchronization

/// The listing that is worth loading before anybody asks.
extension MailService {
    static let lastListedKey = "listing.last"
    /// A larger listing is loaded for whoever asks for it, not ahead: perhaps nobody does.
    private static let mostLoadedAhead = 200_000

    func rememberListed(_ folder: FolderID) {
        guard folder != .root else { return }
        let isNew = state.withLock { state in
            defer { state.lastListed = folder }
            return state.lastListed != folder
        }
        guard isNew else { return }
        do {
            try store.setSetting(Self.lastListedKey, "\(folder.rawValue)")
        } catch {
            logger.info("cannot remember what was looked at: \(error)")
        }
    }

    /// The folder whose listing was loaded last, in an earlier run perhaps, where that needs no server and is worth the memory.
    public var lastListed: FolderID? {
        guard let id = state.withLock({ $0.lastListed }), isListed(id), let count = try? store.messageCount(id),
            count <= Self.mostLoadedAhead
        else { return nil }
        return id
    }
}
