import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// Flags that a file is given here are those of the message that it becomes, whatever happens to the file until then.
@Suite(.serialized) struct FileFlagsTests {
    private static let path = "Work/9.eml"
    private static let flags = Flags(system: [.flagged, .seen], keywords: ["$x"])

    private func rig() throws -> Rig {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(30), to: "Drafts", flags: ["\\Draft"])
        return rig
    }

    private func offline(_ rig: Rig, _ service: MailService) async throws {
        try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
        rig.server.stop()
        try await rig.wait(for: .offline, service)
    }

    private func flags(in folder: String, _ rig: Rig) -> [Set<String>] {
        rig.server.messages(in: folder).filter { !$0.flags.contains("\\Deleted") }.map { Set($0.flags) }
    }

    /// A file that nobody has closed yet, with these flags.
    private func open(_ service: MailService, _ shown: Shown) throws -> MessageID {
        let folder = try #require(shown.model.folder("Work"))
        let file = try service.createFile(in: folder.id, name: Array("9.eml".utf8), purpose: .unfinished)
        try service.flag(Self.path, .add(Self.flags), shown)
        try Data(Letter.make(9)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
        return file.id
    }

    @Test func outliveTheProgram() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await offline(rig, service)
            _ = try open(service, shown)
        }
        try rig.server.start()
        try await rig.resumed { service, shown in
            #expect(shown.model.named(Self.path)?.flags == Self.flags)
            try service.retry(service.failedChanges.map(\.id))
            try await rig.drained(service, shown)
            #expect(flags(in: "Work", rig) == [Set(Self.flags.names)])
        }
    }

    enum Deleted: CaseIterable { case upload, flaggedUpload, copy }

    @Test(arguments: Deleted.allCases, [true, false])
    func comeBackWithIt(_ deleted: Deleted, afterRestart: Bool) async throws {
        let rig = try rig()
        func bringBack(_ service: MailService, _ shown: Shown) async throws {
            #expect(try service.undelete(nil) == [Self.path])
            #expect(shown.model.named(Self.path)?.flags == Self.flags)
            if !afterRestart { try rig.server.start() }
            try await rig.drained(service, shown)
            #expect(flags(in: "Work", rig) == [Set(Self.flags.names)])
        }
        try await rig.synchronised { service, shown in
            try await offline(rig, service)
            switch deleted {
            case .upload:
                _ = try service.completed(try open(service, shown), isOpen: false, modified: nil)
            case .flaggedUpload, .copy:
                try service.write(Letter.make(deleted == .copy ? 1 : 9), to: Self.path, shown)
                try service.flag(Self.path, .replace(Self.flags), shown)
            }
            try service.remove(Self.path, shown)
            if !afterRestart { try await bringBack(service, shown) }
        }
        guard afterRestart else { return }
        try rig.server.start()
        try await rig.resumed { try await bringBack($0, $1) }
    }

    /// The last word counts, also for what is written anew.
    @Test func areTakenAgain() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await offline(rig, service)
            let id = try open(service, shown)
            _ = try service.completed(id, isOpen: false, modified: nil)
            try service.flag(Self.path, .remove(Flags(system: .flagged)), shown)
            try service.move(Self.path, to: "Work/9.eml~", shown)
            #expect(shown.model.named("Work/9.eml~")?.flags == Flags(system: .seen, keywords: ["$x"]))
            try service.flag("Work/9.eml~", .remove(Flags(system: .seen)), shown)
            try service.move("Work/9.eml~", to: Self.path, shown)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(flags(in: "Work", rig) == [["$x"]])
        }
    }

    enum Draft: CaseIterable { case unchanged, rewritten, emptied }

    /// A draft that somebody writes to is flagged.
    @Test(arguments: Draft.allCases, [true, false]) func ofADraft(_ draft: Draft, online: Bool) async throws {
        let rig = try rig()
        let path = "Drafts/letter 30.eml"
        try await rig.synchronised { service, shown in
            try await offline(rig, service)
            if online {
                try rig.server.start()
                try await rig.wait(for: .online, service)
            }
            let id = try #require(shown.model.id(path))
            _ = try await service.edit(id)
            try service.flag(path, .add(Flags(system: .flagged)), shown)
            #expect(shown.model.named(path)?.flags == Flags(system: [.draft, .flagged]))
            let text = draft == .unchanged ? Letter.make(30) : draft == .emptied ? [] : Letter.make(31)
            try Data(text).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            _ = try service.completed(id, isOpen: false, modified: nil)
            #expect(shown.model.named(path)?.flags == Flags(system: [.draft, .flagged]))
            if !online { try rig.server.start() }
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            #expect(rig.letters(in: "Drafts") == [draft == .rewritten ? 31 : 30])
            #expect(flags(in: "Drafts", rig) == [["\\Draft", "\\Flagged"]])
        }
    }
}
