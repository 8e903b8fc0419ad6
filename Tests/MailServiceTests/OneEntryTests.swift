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

    private static func set(_ bench: JournalBench, _ changes: FlagChange...) throws {
        _ = try bench.journal.setFlags(try bench.id("INBOX/letter 1.eml"), changes)
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
    ]

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
        var operations: [Operation]
        var files: [LocalFile]
        var names: [[UInt8]?]
    }

    fileprivate convenience init(before: (JournalBench) throws -> Void) throws {
        try self.init()
        try before(self)
    }

    fileprivate func written() throws -> Written {
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
