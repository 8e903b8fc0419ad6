import Foundation
import IMAPValue
import MailModel
import Synchronization

@testable import MailStore

/// A name that shows identity and ordinal; `given` overrides it for some identities.
struct PlainNaming: MessageNaming {
    var given: [UInt64: String] = [:]

    func name(for message: MessageMetadata, ordinal: Int) -> [UInt8] {
        let base = given[message.identity.high] ?? "m\(message.identity.high)"
        return Array((ordinal == 1 ? "\(base).eml" : "\(base)-\(ordinal).eml").utf8)
    }
}

/// Time that the test sets.
final class ManualClock: Sendable {
    let time = Mutex<Int64>(1_000)
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }
}

/// A directory that is removed with this object.
final class Scratch: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/mailstore-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Two fresh directories, removed with the fixture and the last store on them.
final class Fixture {
    private let scratch: Scratch
    var root: String { scratch.path }
    var cache: String { root + "/cache" }
    var state: String { root + "/state" }
    let clock = ManualClock()
    var limits = StoreLimits()
    var naming = PlainNaming()

    init() throws {
        scratch = try Scratch()
        limits.reserve = 0
    }

    func open(account: String = "me@example.org:993") throws -> MailStore {
        let (clock, scratch) = (clock, scratch)
        return try MailStore(
            cache: cache, state: state, account: account, limits: limits, naming: naming,
            now: { withExtendedLifetime(scratch) { clock.time.withLock { $0 } } })
    }

    /// A copy of both directories as a crash at this moment would leave them, locks not held.
    func crashed() throws -> Fixture {
        let copy = try Fixture()
        copy.limits = limits
        copy.naming = naming
        for name in ["cache", "state"] {
            try FileManager.default.copyItem(atPath: "\(root)/\(name)", toPath: "\(copy.root)/\(name)")
        }
        copy.clock.time.withLock { [now = clock.time.withLock { $0 }] in $0 = now }
        return copy
    }

    func path(_ id: MessageID) -> String {
        cache + "/bodies/" + String(format: "%02x", id.rawValue & 0xFF) + "/\(id.rawValue)"
    }

    func removeDatabase(_ path: String) throws {
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }
}

struct Missing: Error {}

func uid(_ value: UInt32) throws -> UID { try UID(value) ?? { throw Missing() }() }

func validity(_ value: UInt32) throws -> UIDValidity { try UIDValidity(value) ?? { throw Missing() }() }

func cursor(_ epoch: UInt32, next: UInt32, modSeq: UInt64? = nil, listed: Bool = true) throws -> FolderCursor {
    FolderCursor(
        uidValidity: try validity(epoch), uidNext: next, highestModSeq: modSeq.flatMap { ModSequence($0) },
        isListed: listed)
}

/// A message whose identity is `identity`, else its UID.
func metadata(
    _ number: UInt32, identity: UInt64? = nil, size: UInt64 = 100, date: Int64 = 500, flags: Flags = Flags(),
    proof: Bool = false
) throws -> MessageMetadata {
    let high = identity ?? UInt64(number)
    return MessageMetadata(
        uid: try uid(number), size: size, internalDate: date, flags: flags,
        identity: MessageIdentity(high: high, low: high &* 31), identityIsProof: proof,
        header: Array("Subject: \(number)\r\n\r\n".utf8))
}

extension MailStore {
    /// A folder in an epoch.
    func makeFolder(_ name: String, epoch: UInt32 = 1) throws -> FolderID {
        let folder = try insertFolder(
            rawName: Array(name.utf8), separator: 0x2F, attributes: [], specialUse: nil, mailboxID: nil,
            path: [Array(name.utf8)], displayName: name)
        try beginEpoch(folder.id, uidValidity: validity(epoch))
        return folder.id
    }

    /// Applies a batch and returns what was published.
    @discardableResult
    func add(
        _ folder: FolderID, epoch: UInt32 = 1, _ arrived: [MessageMetadata] = [], flags: [(UInt32, Flags)] = [],
        vanished: [UInt32] = [], cursor: FolderCursor? = nil
    ) throws -> AppliedBatch {
        var applied: AppliedBatch?
        let batch = FolderBatch(
            folder: folder, uidValidity: try validity(epoch), arrived: arrived,
            flags: try flags.map { (try uid($0.0), $0.1) }, vanished: UIDSet(vanished), cursor: cursor)
        try apply(batch) { applied = $0 }
        return try applied ?? { throw Missing() }()
    }

    func finish(_ folder: FolderID, _ cursor: FolderCursor) throws -> AppliedBatch {
        var applied: AppliedBatch?
        try finishEpoch(folder, cursor: cursor) { applied = $0 }
        return try applied ?? { throw Missing() }()
    }

    func listing(_ folder: FolderID) throws -> [MessageSummary] {
        var rows: [MessageSummary] = []
        try loadListing(folder) { rows.append($0.summary) }
        return rows
    }

    func names(_ folder: FolderID) throws -> [String] {
        try listing(folder).map { String(decoding: $0.name, as: UTF8.self) }
    }

    @discardableResult
    func adopt(_ id: MessageID, _ bytes: [UInt8]) throws -> [AppliedBatch] {
        var published: [AppliedBatch] = []
        try adoptBodies([FinishedBody(id: id, content: .bytes(bytes))]) { published.append($0) }
        return published
    }

    func body(_ id: MessageID) throws -> [UInt8]? {
        try openBody(id).map { file in try read(file) }
    }
}

func read(_ file: BodyFile) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(file.size))
    let count = bytes.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, 0) }
    guard count == bytes.count else { throw Missing() }
    return bytes
}
