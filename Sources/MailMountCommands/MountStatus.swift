internal import MailModel
internal import MailPool
internal import MailService

/// `mailmount status`, as a running mount tells it.
struct MountStatus: Codable, Sendable {
    /// A change that the server refused, or that is held.
    struct Failed: Codable, Sendable {
        var id: Int64
        var operation: String
        var path: String
        var error: String
    }

    /// A file that was closed and is not recorded for upload yet.
    struct Late: Codable, Sendable {
        var path: String
        var error: String
    }

    struct FolderStatus: Codable, Sendable {
        var path: String
        var messages: Int
        var listed: Bool
        /// While it is listed: messages known so far and in all.
        var listing: [Int]?
    }

    struct Cache: Codable, Sendable {
        var messages: Int
        var bytes: UInt64
        var limit: UInt64
        /// Why it does not keep what is read; left out where it does.
        var trouble: String?
    }

    var mountpoint: String
    /// `exact` or `fast`.
    var mode: String
    var account: String
    var connection: String
    var reason: String?
    /// Seconds until a connection is tried again by itself.
    var nextAttempt: Int?
    var connections: Int
    var server: [String: String]
    var capabilities: [String]
    var folders: [FolderStatus]
    var cache: Cache
    var quota: [String: UInt64]?
    var fetching: Int
    var pending: Int
    /// Among them: files that are not recorded yet.
    var late: [Late] = []
    var failed: [Failed]
    /// Files that were being written when the program ended.
    var interrupted: [Failed] = []
    /// Changes whose answer was lost.
    var unknown: [Failed] = []
    /// Deletions that are not sent before somebody releases them.
    var held: [Failed] = []
    /// Among those that are pending: what an earlier mount left, and `--allow` does not let this one send.
    var barred: [Failed] = []
    /// Not among those that are pending: what needs the name of a directory whose deletion can be taken back yet.
    var blocked: [Failed] = []
}

extension MountStatus {
    /// Nothing but somebody's doing helps.
    var needsSomebody: Bool {
        connection == "refused" || !failed.isEmpty || !interrupted.isEmpty || !held.isEmpty || !barred.isEmpty
    }

    init(_ report: StatusReport, mountpoint: String, mode: String) {
        self.init(
            mountpoint: mountpoint, mode: mode, account: report.account, connection: report.connection.rawValue,
            reason: report.reason, nextAttempt: report.nextAttempt, connections: report.connections,
            server: report.server,
            capabilities: report.capabilities,
            folders: report.folders.map { folder in
                FolderStatus(
                    path: folder.path, messages: folder.messages, listed: folder.isListed,
                    listing: folder.progress.map { [$0.done, $0.total] })
            },
            cache: Cache(
                messages: report.cachedBodies, bytes: report.cachedOctets, limit: report.cacheLimit,
                trouble: report.cacheTrouble),
            quota: report.quota.map { ["used": $0.used, "limit": $0.limit] }, fetching: report.fetching,
            pending: report.pending, late: report.late.map { Late(path: $0.path, error: $0.error) },
            failed: report.failed.map(Failed.init),
            interrupted: report.interrupted.map(Failed.init), unknown: report.unknown.map(Failed.init),
            held: report.held.map(Failed.init), barred: report.barred.map(Failed.init),
            blocked: report.blocked.map(Failed.init))
    }
}

extension KeyedDecodingContainer {
    /// A mount that was made by an older program does not tell of what came later: that is none.
    func decode(_ type: [MountStatus.Failed].Type, forKey key: Key) throws -> [MountStatus.Failed] {
        try decodeIfPresent(type, forKey: key) ?? []
    }

    func decode(_ type: [MountStatus.Late].Type, forKey key: Key) throws -> [MountStatus.Late] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}

extension MountStatus.Failed {
    init(_ change: FailedChange) {
        self.init(id: change.id.rawValue, operation: change.operation, path: change.path, error: change.error)
    }
}
