internal import IMAPClient
internal import MailModel
internal import Synchronization

/// What the parts of the service tell those that are built on them: in order, and without waiting for anybody. What waits already is not
/// told again, so that a server that says the same a million times takes no memory by it.
final class ServiceNews: Sendable {
    enum Item: Sendable {
        /// A watching connection is up; with the lease where it is the only one.
        case watching(IMAPConnection, ConnectionPool.Lease?)
        /// The server's word on its folders is known.
        case foldersListed
        /// There is no watching connection.
        case disconnected
        /// Something was said of a folder, or done to it, that a listing shows.
        case folderMoved(FolderID)
        /// The connection that hears of everything left these.
        case foldersLeft(Set<FolderID>)
        /// Something was said of folders that are not known, or a known one is gone.
        case foldersChanged
        /// Folders are shown that were not, or under other names.
        case foldersNamed
        /// Something was recorded, or may be sent now.
        case changesWait
        /// Octets were brought that may not be on the disk.
        case uploadsUnsynced
        /// Somebody waits for the server's word on a change.
        case verdictAwaited
    }

    private let stream: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation
    /// Told since the last item that cannot be repeated, and not taken yet.
    private let waiting = Mutex(Set<RepeatableNews>())

    init() { (stream, continuation) = AsyncStream.makeStream(of: Item.self) }

    /// For one reader.
    var items: some AsyncSequence<Item, Never> {
        stream.map { item in
            if let news = item.repeatable { _ = self.waiting.withLock { $0.remove(news) } }
            return item
        }
    }

    func tell(_ item: Item) {
        waiting.withLock { waiting in
            if let news = item.repeatable {
                guard waiting.insert(news).inserted else { return }
            } else {
                waiting = []
            }
            continuation.yield(item)
        }
    }

    /// Nobody is told anything any more.
    func end() { continuation.finish() }
}

/// Of what says the same as often as it is told.
private enum RepeatableNews: Hashable {
    case foldersListed, folderMoved(FolderID), foldersChanged, foldersNamed, changesWait, uploadsUnsynced,
        verdictAwaited
}

extension ServiceNews.Item {
    fileprivate var repeatable: RepeatableNews? {
        switch self {
        case .watching, .disconnected, .foldersLeft: nil
        case .foldersListed: .foldersListed
        case .folderMoved(let folder): .folderMoved(folder)
        case .foldersChanged: .foldersChanged
        case .foldersNamed: .foldersNamed
        case .changesWait: .changesWait
        case .uploadsUnsynced: .uploadsUnsynced
        case .verdictAwaited: .verdictAwaited
        }
    }
}
