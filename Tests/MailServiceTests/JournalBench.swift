import Foundation
import IMAPClient
import IMAPValue
import Logging
import MailModel
import MailStore
import MailSync
import Synchronization
import Testing

@testable import MailService

/// A journal of its own, with INBOX, `Work` and no server: what a server would do is said to it.
final class JournalBench: Sendable {
    let scratch: Scratch
    let store: MailStore
    let facts: AccountFacts
    let news = ServiceNews()
    let journal: Journal
    let shown = Shown()
    let probe = Probe()
    let inbox: Folder
    let work: Folder

    /// - Parameters:
    ///   - letters: in INBOX, by their numbers, which are their UIDs.
    ///   - capabilities: of the server that there was.
    init(
        letters: ClosedRange<UInt32> = 1...3, _ capabilities: [String] = ["UIDPLUS", "MOVE"],
        _ change: (inout ServiceConfiguration) -> Void = { _ in }
    ) throws {
        scratch = try Scratch()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var limits = StoreLimits()
        limits.reserve = 0
        let client = ClientConfiguration(
            endpoint: Endpoint(host: "127.0.0.1", port: 1, security: .none), user: "alice",
            credentials: FixedCredentials { .password(octets: []) }, logger: logger)
        var configuration = ServiceConfiguration(
            client: client, account: "alice@127.0.0.1:1", cache: scratch.path + "/cache",
            state: scratch.path + "/state", limits: limits, connections: 1, folders: [], excluded: [],
            naming: SubjectNaming(), paths: { listed, _ in listed.map { [$0.rawName] } })
        change(&configuration)
        let now: @Sendable () -> Int64 = { 1_800_000_000 }
        store = try MailStore(
            cache: configuration.cache, state: configuration.state, account: configuration.account, limits: limits,
            naming: configuration.naming, now: now)
        try store.setSetting("server.capabilities", capabilities.joined(separator: " "))
        func folder(_ name: String, _ store: MailStore) throws -> Folder {
            try store.insertFolder(
                rawName: Array(name.utf8), separator: UInt8(ascii: "/"), attributes: [], specialUse: nil,
                mailboxID: nil, path: [Array(name.utf8)], displayName: name)
        }
        inbox = try folder("INBOX", store)
        work = try folder("Work", store)
        for (folder, uids) in [(inbox, Array(letters)), (work, [])] {
            let messages = uids.map { uid in
                MessageMetadata(
                    uid: UID(uid) ?? .min, size: 100, internalDate: 1, flags: Flags(),
                    identity: MessageIdentity(high: 1, low: UInt64(uid)), identityIsProof: false,
                    header: Array("Subject: letter \(uid)\r\n\r\n".utf8))
            }
            try store.beginEpoch(folder.id, uidValidity: .first)
            try store.apply(
                FolderBatch(
                    folder: folder.id, uidValidity: .first, arrived: messages,
                    cursor: FolderCursor(
                        uidValidity: .first, uidNext: letters.upperBound + 1, highestModSeq: nil, isListed: true)),
                published: { _ in })
        }
        facts = try AccountFacts(store: store, logger: logger)
        journal = try Journal(
            configuration: configuration, store: store, facts: facts, news: news, logger: logger, now: now,
            stepped: { [probe] in try probe.passed($0) })
        try journal.tell(shown)
        for folder in [inbox, work] {
            var messages: [MessageSummary] = []
            try journal.loadListing(folder.id, { messages.append($0) }) {
                shown.messagesChanged(AppliedBatch(folder: folder.id, arrived: messages))
            }
        }
    }

    deinit {
        journal.stop()
        store.close()
    }

    func id(_ path: String) throws -> MessageID { try #require(shown.model.id(path), "\(path)") }

    /// As a program writes a file and closes it.
    func write(_ bytes: [UInt8], to name: String, in folder: Folder) throws -> (LocalFile, Receipt) {
        let file = try journal.createFile(in: folder.id, name: Array(name.utf8), purpose: .unfinished)
        try Data(bytes).write(to: URL(fileURLWithPath: store.spoolPath(of: file.id)))
        return (file, try journal.completed(file.id, isOpen: false, modified: nil))
    }

    /// The whole journal.
    var operations: [MailModel.Operation] { journal.view.withLock { $0.journal.operations } }

    /// The changes that wait, in their order.
    var waiting: [Change] { operations.filter { $0.state == .waiting }.map(\.change) }

    /// The news so far.
    func drainNews() async -> [ServiceNews.Item] {
        news.end()
        return await news.items.reduce(into: []) { $0.append($1) }
    }
}
