import Foundation
import Fuse
import IMAPClient
import InMemoryIMAP
import Logging
import MailModel
import MailService
import MailStore
import MailSync
import MailTree
import Synchronization
import Testing

@testable import MailFS

/// The file system of an account, asked by a test in the place of the kernel.
enum WithoutKernel {
    static let caller = Caller(uid: 0, gid: 0, pid: 0)

    static func letter(_ number: Int) -> [UInt8] {
        Array("Subject: letter \(number)\r\nMessage-ID: <\(number)@example.org>\r\n\r\nText.\r\n".utf8)
    }

    /// - Parameters:
    ///   - place: where an earlier mount has left its cache; nil for a new one.
    ///   - body: is given INBOX, which is listed.
    static func run(
        _ server: InMemoryServer, ownership: Ownership = Ownership(), waitsForServer: Bool = false,
        isReadOnly: Bool = false, allowed: ChangeKinds = .all, in place: String? = nil,
        _ body: (MailFileSystem, FolderID) async throws -> Void
    ) async throws {
        let directory = place ?? newPlace()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { if place == nil { try? FileManager.default.removeItem(atPath: directory) } }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let client = ClientConfiguration(
            endpoint: Endpoint(host: "127.0.0.1", port: UInt16(server.port), security: .none), user: "alice",
            credentials: FixedCredentials { .password(octets: Array("wonderland".utf8)) }, timeout: .seconds(20),
            logger: logger)
        var configuration = ServiceConfiguration(
            client: client, account: "alice@127.0.0.1", cache: directory + "/cache", state: directory + "/state",
            limits: StoreLimits(), connections: 2, folders: [], excluded: [],
            naming: FileNaming(template: .standard),
            paths: { listed, given in
                FolderPaths.resolve(
                    listed.map { ($0.rawName, $0.separator, MailboxName.decode($0.rawName)) }, given: given)
            })
        configuration.allowed = allowed
        let service = try MailService(configuration: configuration, logger: logger) { 1_800_000_000 }
        let files = MailFileSystem(
            service: service, isReadOnly: isReadOnly, waitsForServer: waitsForServer, ownership: ownership,
            controlPath: directory + "/control", logger: logger)
        try await service.start(observer: files)
        do {
            try await service.waitUntilReady()
            let folder = try #require(files.tree.withLock { $0.folders.first { $0.displayName == "INBOX" } })
            try await files.load(folder.id)
            try await body(files, folder.id)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
    }

    static func newPlace() -> String { NSTemporaryDirectory() + "mailfs-" + UUID().uuidString }

    /// The oldest message that a folder shows.
    static func first(in folder: FolderID, of files: MailFileSystem) throws -> MessageSummary {
        try #require(files.tree.withLock { $0.upcoming(after: MessageID(rawValue: 0), octets: 1, in: folder).first })
    }

    /// Moves the oldest message that a folder shows into another one, under its name.
    static func moveFirst(of folder: FolderID, to target: String, _ files: MailFileSystem) throws -> MessageID {
        let target = try #require(files.tree.withLock { $0.folders.first { $0.displayName == target } })
        let message = try first(in: folder, of: files)
        _ = try files.service.rename(message.id, to: target.id, as: message.name, replacing: nil)
        return message.id
    }

    /// What the kernel would be told.
    static func outcome<Value>(_ answer: Fuse.Answer<Value>) async throws -> Value {
        switch answer {
        case .now(let value): return value
        case .failed(let error): throw error
        case .later(let operation), .uninterruptible(let operation): return try await operation()
        case .waiting(let wait, let then):
            try await wait()
            return try await outcome(then())
        }
    }

    /// What the components of a path lead to, from the root.
    static func found(_ files: ViewedFileSystem, _ path: [String]) async throws -> Entry {
        var inode: Inode = 1
        var entry: Entry?
        for name in path {
            let next = try await outcome(
                Array(name.utf8).withUnsafeBytes { files.lookup(inode, $0, caller) })
            inode = next.inode
            entry = next
        }
        return try #require(entry)
    }
}
