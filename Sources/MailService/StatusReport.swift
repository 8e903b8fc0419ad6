public import MailPool

/// What `mailmount status` shows.
public struct StatusReport: Sendable {
    public struct FolderReport: Sendable {
        public var path: String
        public var messages: Int
        public var isListed: Bool
        /// Messages known so far and in all, while a listing runs.
        public var progress: (done: Int, total: Int)?
    }

    public var account: String
    public var connection: ConnectionState
    /// Why there is no connection, for people.
    public var reason: String?
    /// Seconds until a connection is tried again by itself; nil where there is one, or one is being made.
    public var nextAttempt: Int?
    public var connections: Int
    public var server: [String: String]
    public var capabilities: [String]
    public var folders: [FolderReport]
    /// Bodies in the cache, and their octets.
    public var cachedBodies: Int
    public var cachedOctets: UInt64
    public var cacheLimit: UInt64
    /// Why the cache does not keep what is read, or is not on the disk any more, for people; nil where all is well.
    public var cacheTrouble: String?
    /// Octets in `STORAGE` of the quota root of INBOX, where the server has QUOTA.
    public var quota: Quota?
    /// Bodies queued to be fetched.
    public var fetching: Int
    /// Changes that wait for the server.
    public var pending = 0
    /// Files among them that were closed and are not recorded yet.
    public var late: [LateUpload] = []
    /// Changes that the server refused for good.
    public var failed: [FailedChange] = []
    /// Uploads whose files were being written when an earlier run ended.
    public var interrupted: [FailedChange] = []
    /// Changes whose answer was lost, and whose caller was told so.
    public var unknown: [FailedChange] = []
    /// Deletions that are not sent before somebody releases them.
    public var held: [FailedChange] = []
    /// Changes among those that wait, which an earlier mount left and this one may not send.
    public var barred: [FailedChange] = []
    /// Changes that do not count as waiting: the name that they need is that of a directory whose deletion can be taken back yet.
    public var blocked: [FailedChange] = []
}

/// How much the account may hold, in octets (RFC 9208).
public struct Quota: Hashable, Sendable {
    public var used: UInt64
    public var limit: UInt64

    public init(used: UInt64, limit: UInt64) {
        self.used = used
        self.limit = limit
    }
}
