internal import Foundation

/// What is asked of a running mount: one line of JSON.
struct ControlRequest: Codable, Sendable {
    enum Operation: String, Codable, Sendable {
        case status
        case sync
        case unmount
    }

    var operation: Operation
    var folders: [String] = []
    var bodies = false
}

/// What it answers: one line of JSON each, the last one with a result or an error.
enum ControlReply: Codable, Sendable {
    case progress(done: Int, total: Int)
    case status(MountStatus)
    case done
    case failed(String)

    var isLast: Bool {
        if case .progress = self { return false }
        return true
    }
}

/// `mailmount status`.
struct MountStatus: Codable, Sendable {
    struct Failed: Codable, Sendable {
        var id: Int64
        var operation: String
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
    }

    var mountpoint: String
    var account: String
    var connection: String
    var reason: String?
    var connections: Int
    var server: [String: String]
    var capabilities: [String]
    var folders: [FolderStatus]
    var cache: Cache
    var quota: [String: UInt64]?
    var fetching: Int
    var pending: Int
    var failed: [Failed]
}
