import Foundation
import IMAPValue
import MailModel
import MailStore
import MailSync
import Synchronization
import Testing

@testable import MailService

/// A call of a program is written down whole or not at all: whoever is killed in between finds what was before it, or what is after it.
@Suite struct OneEntryTests {
    struct Call: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let before: @Sendable (JournalBench) throws -> Void
        let call: @Sendable (JournalBench) throws -> Void

        init(
            _ name: String, before: @escaping @Sendable (JournalBench) throws -> Void = { _ in },
            _ call: @escaping @Sendable (JournalBench) throws -> Void
        ) {
            testDescription = name
            self.before = before
            self.call = call
        }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func rename(_ bench: JournalBench, _ path: String, to folder: Folder, _ name: String) throws {
        let target = bench.shown.model.id(folder.displayName + "/" + name)
        _ = try bench.journal.rename(try bench.id(path), to: folder.id, as: bytes(name), replacing: target)
    }

    private static func set(
        _ bench: JournalBench, _ changes: FlagChange..., at path: String = "INBOX/letter 1.eml"
    ) throws {
        _ = try bench.journal.setFlags(try bench.id(path), changes)
    }

    static let calls = [
        Call(
            "flags taken and set at once", before: { try set($0, .add(Flags(system: [.seen, .flagged]))) },
            { try set($0, .replace(Flags(system: .answered))) }),
        Call(
            "flags taken and others set by one call", before: { try set($0, .add(Flags(system: [.seen, .flagged]))) },
            { try set($0, .add(Flags(system: .answered)), .remove(Flags(system: .seen))) }),
        Call(
            "flags, while a removal of others waits",
            before: {
                try set($0, .add(Flags(system: [.seen, .flagged])))
                try $0.settle(flags: Flags(system: [.seen, .flagged]))
                try set($0, .remove(Flags(system: .seen)))
            }, { try set($0, .replace(Flags(system: .answered))) }),
        Call("onto another in the folder") { try rename($0, "INBOX/letter 1.eml", to: $0.inbox, "letter 2.eml") },
        Call(
            "home again, onto another", before: { try rename($0, "INBOX/letter 1.eml", to: $0.work, "a.eml") },
            { try rename($0, "Work/a.eml", to: $0.inbox, "letter 2.eml") }),
        Call("into a folder, onto another", before: { _ = try $0.write(Letter.make(9), to: "b.eml", in: $0.work) }) {
            try rename($0, "INBOX/letter 1.eml", to: $0.work, "b.eml")
        },
        Call(
            "elsewhere, onto another",
            before: {
                try rename($0, "INBOX/letter 1.eml", to: $0.work, "a.eml")
                try rename($0, "INBOX/letter 2.eml", to: $0.work, "b.eml")
            }, { try rename($0, "Work/a.eml", to: $0.work, "b.eml") }),
        Call("an upload onto a message", before: { _ = try $0.write(Letter.make(9), to: "a.eml", in: $0.work) }) {
            try rename($0, "Work/a.eml", to: $0.inbox, "letter 1.eml")
        },
        Call("a new version of an upload", before: { _ = try $0.write(Letter.make(9), to: "a.eml", in: $0.work) }) {
            try rename($0, "Work/a.eml", to: $0.work, "a.eml.tmp")
        },
        Call("deleted while it waits to go", before: { try rename($0, "INBOX/letter 1.eml", to: $0.work, "a.eml") }) {
            _ = try $0.journal.delete(try $0.id("Work/a.eml"))
        },
        Call("a new version of a draft", before: { try edit($0, .unfinished) }) { try close($0) },
        Call("a new version of a draft, while it is written", before: { try edit($0, .open) }) {
            _ = try $0.journal.completed(try $0.id("INBOX/letter 1.eml"), isOpen: true, modified: nil)
        },
        Call(
            "a new version of a draft that waits to go",
            before: {
                try rename($0, "INBOX/letter 1.eml", to: $0.inbox, "draft.eml")
                try set($0, .add(Flags(system: .flagged)), at: "INBOX/draft.eml")
                try edit($0, .unfinished, at: "INBOX/draft.eml")
            }, { try close($0, "INBOX/draft.eml") }),
        Call(
            "a file that is closed",
            before: { bench in
                let file = try bench.journal.createFile(in: bench.work.id, name: bytes("a.eml"), purpose: .unfinished)
                try Data(Letter.make(9)).write(to: URL(fileURLWithPath: bench.store.spoolPath(of: file.id)))
            }, { try close($0, "Work/a.eml") }),
    ]

    /// What was written of a draft is not recorded yet.
    private static func edit(
        _ bench: JournalBench, _ purpose: LocalFile.Purpose, at path: String = "INBOX/letter 1.eml"
    ) throws {
        let message = try #require(bench.shown.model.named(path))
        try bench.store.createSpool(of: message.id)
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: bench.store.spoolPath(of: message.id)))
        let file = LocalFile(
            id: message.id, folder: bench.inbox.id, name: message.name, purpose: purpose, modified: 1)
        try bench.journal.watching([message.id]) { try bench.journal.put(file) }
    }

    private static func close(_ bench: JournalBench, _ path: String = "INBOX/letter 1.eml") throws {
        _ = try bench.journal.completed(try bench.id(path), isOpen: false, modified: nil)
    }

    /// Keeps what is on the disk each time that something is shown: a kill at that moment leaves it.
    private final class Kills: MailObserver {
        private let from: String
        let copies = Mutex<[String]>([])

        init(_ path: String) { from = path }

        func foldersPut(_ folders: [(folder: Folder, listingChanged: Int64)]) {}
        func foldersRemoved(_ folders: [FolderID]) {}
        func messagesChanged(_ batch: AppliedBatch) {
            let copy = copies.withLock { copies in
                copies.append("\(from)-\(copies.count)")
                return copies[copies.count - 1]
            }
            do {
                try FileManager.default.copyItem(atPath: from, toPath: copy)
            } catch {
                Issue.record(error)
            }
        }
    }

    @Test(arguments: calls) func wholeWheneverShown(_ call: Call) throws {
        let bench = try JournalBench()
        try call.before(bench)
        let (operations, names) = (try bench.store.operations().count, try bench.written().names)
        let kills = Kills(bench.scratch.path)
        try bench.journal.tell(kills)
        try call.call(bench)
        let whole = try bench.written()
        let copies = kills.copies.withLock { $0 }
        defer { for copy in copies { try? FileManager.default.removeItem(atPath: copy) } }
        #expect(!copies.isEmpty)
        for copy in copies {
            let configuration = bench.journal.configuration
            let store = try MailStore(
                cache: copy + "/cache", state: copy + "/state", account: configuration.account,
                limits: configuration.limits, naming: configuration.naming, now: bench.journal.now)
            defer { store.close() }
            let found = try JournalBench.written(in: store)
            if found.operations.count == operations, whole.operations.count != operations {
                #expect(found.names == names)
            } else {
                #expect(found == whole)
            }
        }
    }

    @Test(arguments: calls) func wholeOrNotAtAll(_ call: Call) throws {
        let (whole, killed) = (try JournalBench(), try JournalBench())
        for bench in [whole, killed] { try call.before(bench) }
        try call.call(whole)
        killed.probe.arm { $0 == .journal }
        #expect(throws: ServiceError.offline) { try call.call(killed) }
        #expect(try killed.written() == whole.written())
        #expect(try whole.written() != JournalBench(before: call.before).written())
    }
}

extension JournalBench {
    /// What the next start would find.
    fileprivate struct Written: Equatable {
        var operations: [MailModel.Operation]
        var files: [LocalFile]
        var names: [[UInt8]?]
    }

    fileprivate convenience init(before: (JournalBench) throws -> Void) throws {
        try self.init()
        try before(self)
    }

    fileprivate func written() throws -> Written { try Self.written(in: store) }

    fileprivate static func written(in store: MailStore) throws -> Written {
        Written(
            operations: try store.operations(), files: try store.localFiles(),
            names: try (1...3).map { try store.message(MessageID(rawValue: $0))?.summary.name })
    }

    /// The server has changed the flags as it was asked.
    fileprivate func settle(flags: Flags) throws {
        let operations = journal.view.withLock { $0.journal.operations }
        try journal.settle(operations.map { Settlement($0.id, .flagged(flags)) })
    }
}
