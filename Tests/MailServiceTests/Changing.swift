import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Synchronization
import Testing

@testable import MailService

extension Rig {
    /// A server with mail in INBOX and an empty folder `Work`, and a service that changes it.
    static func changing(
        _ configuration: ServerConfiguration = .full, letters: ClosedRange<Int> = 1...5,
        _ change: (inout Options) -> Void = { _ in }
    ) throws -> Rig {
        let rig = try Rig(
            configuration,
            Options {
                $0.isChanging = true
                change(&$0)
            })
        rig.server.createFolder("Work")
        rig.server.deliver(Letter.make(letters), to: "INBOX")
        return rig
    }

    /// As `synchronised`, with what an earlier run left in the cache.
    func resumed(_ body: (MailService, Shown) async throws -> Void) async throws {
        try await run { service, shown in
            for folder in shown.model.folders.keys { try shown.load(folder, from: service) }
            try await service.waitUntilReady()
            try await self.settle(service, shown)
            try await body(service, shown)
        }
    }

    /// What the account holds: the number of each letter, by folder; deleted ones are left out.
    func letters(in folder: String) -> [Int] {
        server.messages(in: folder).filter { !$0.flags.contains("\\Deleted") }.map { Letter.number($0.bytes) }.sorted()
    }

    /// Puts what was on the disk at another moment in the place of what is there.
    func replaceDirectories(with copy: String) throws {
        for name in ["cache", "state"] {
            let place = scratch.path + "/" + name
            // An index that was being made may still be closed.
            try FileManager.default.moveItem(atPath: place, toPath: "\(place).\(UUID().uuidString)")
            try FileManager.default.moveItem(atPath: copy + "/" + name, toPath: place)
        }
        try FileManager.default.removeItem(atPath: copy)
    }

    func wait(for connection: ConnectionState, _ service: MailService) async throws {
        for _ in 0..<20_000 {
            if service.facts.standing.connection.state == connection { return }
            try await Task.sleep(for: .milliseconds(2))
        }
        Issue.record("never \(connection)")
    }

    /// Long enough for all that waits.
    var deadline: ServiceClock.Instant {
        options.haste == 1 ? .now + .seconds(60) : options.clock.now + .seconds(60 * options.haste)
    }

    /// Suspends until nothing waits any more, and looks whether what is shown is what the server has.
    func drained(_ service: MailService, _ shown: Shown, sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        let left = await service.drain(until: deadline)
        #expect(left == 0, sourceLocation: sourceLocation)
        try await settle(service, shown)
    }
}

extension Letter {
    /// The number of a letter.
    static func number(_ bytes: [UInt8]) -> Int {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("Subject: letter ") })
        else {
            return -1
        }
        return Int(line.dropFirst(16)) ?? -1
    }

    static func name(_ number: Int) -> [UInt8] { Array("letter \(number).eml".utf8) }
}

extension Shown.Model {
    func id(_ path: String) -> MessageID? { named(path)?.id }

    /// A message by its path.
    func named(_ path: String) -> MessageSummary? {
        let parts = path.split(separator: "/")
        guard let name = parts.last else { return nil }
        return messages(in: parts.dropLast().joined(separator: "/"))
            .first { $0.name == Array(name.utf8) && !$0.flags.isDeleted }
    }

    /// The names shown in a folder, sorted.
    func names(in path: String) -> [String] {
        messages(in: path).filter { !$0.flags.isDeleted }.map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }
}

extension MailService {
    /// By paths in the mount.
    @discardableResult
    func move(_ path: String, to target: String, _ shown: Shown, replacing: String? = nil) throws -> Receipt {
        let model = shown.model
        let id = try #require(model.id(path), "\(path)")
        let parts = target.split(separator: "/")
        let folder = try #require(model.folder(parts.dropLast().joined(separator: "/")), "\(target)")
        let name = Array((parts.last ?? "").utf8)
        return try rename(id, to: folder.id, as: name, replacing: replacing.flatMap { model.id($0) })
    }

    /// Makes a folder `New`, moves a message there, and renames it `Newer`.
    func makeNewer(with path: String, as name: String, _ shown: Shown) throws {
        let (new, _) = try createFolder(in: .root, name: Array("New".utf8))
        try move(path, to: "New/\(name)", shown)
        _ = try renameFolder(new.id, to: .root, name: Array("Newer".utf8))
    }

    @discardableResult
    func remove(_ path: String, _ shown: Shown) throws -> Receipt {
        try delete(try #require(shown.model.id(path), "\(path)"))
    }

    @discardableResult
    func flag(_ path: String, _ change: FlagChange, _ shown: Shown) throws -> Receipt {
        try setFlags(try #require(shown.model.id(path), "\(path)"), change)
    }

    /// As a program writes a file and closes it.
    @discardableResult
    func write(_ bytes: [UInt8], to path: String, _ shown: Shown, modified: Int64? = nil) throws -> Receipt {
        let parts = path.split(separator: "/")
        let folder = try #require(shown.model.folder(parts.dropLast().joined(separator: "/")), "\(path)")
        let file = try createFile(in: folder.id, name: Array((parts.last ?? "").utf8), purpose: .unfinished)
        try Data(bytes).write(to: URL(fileURLWithPath: spoolPath(of: file.id)))
        let closed = Result { try completed(file.id, isOpen: true, modified: nil) }
        let receipt = try completed(file.id, isOpen: false, modified: modified)
        _ = try closed.get()
        return receipt
    }
}

extension InMemoryServer {
    /// Commands that change something, since the observation was cleared.
    var changingCommands: [String] {
        let changing: Set<String> = [
            "UID MOVE", "UID COPY", "UID STORE", "UID EXPUNGE", "APPEND", "CREATE", "DELETE", "RENAME", "SUBSCRIBE",
            "UNSUBSCRIBE",
        ]
        return observation.commandNames.filter { changing.contains($0) }
    }
}
