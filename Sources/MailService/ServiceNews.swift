internal import IMAPClient
internal import MailModel

/// What the parts of the service tell those that are built on them: in order, and without waiting for anybody.
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
        /// Something was recorded, or may be sent now.
        case changesWait
        /// Octets were brought that may not be on the disk.
        case uploadsUnsynced
        /// Somebody waits for the server's word on a change.
        case verdictAwaited
    }

    let items: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation

    init() { (items, continuation) = AsyncStream.makeStream(of: Item.self) }

    func tell(_ item: Item) { continuation.yield(item) }

    /// Nobody is told anything any more.
    func end() { continuation.finish() }
}
