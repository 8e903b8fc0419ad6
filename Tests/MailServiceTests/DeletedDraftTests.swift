import Foundation
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// A draft that has other content here than the server has, of which nothing was sent: when its name goes, so does what the server has.
@Suite struct DeletedDraftTests {
    enum Content: String, CaseIterable, Sendable {
        /// `: > draft`, closed.
        case emptied
        /// As above, and under another name, in another folder or under that of a backup since.
        case renamed, moved, backedUp
        /// Somebody has it open, and nothing was said of it yet.
        case open
        /// It was flushed, and somebody has it open still.
        case flushed
        /// Its new version waits for the server.
        case waiting
    }

    enum Deletion: String, CaseIterable, Sendable {
        case unlinked
        /// Another message is given its name.
        case replacedByMessage
        /// What a program wrote under another name is given its name.
        case replacedByFile
        /// A message of the same folder is given its name.
        case replacedByNeighbour
    }

    private func rig() throws -> Rig {
        let rig = try Rig.changing()
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(30), to: "Drafts", flags: ["\\Draft"])
        for folder in ["Drafts", "Work"] { rig.server.deliver(Letter.make(50), to: folder) }
        return rig
    }

    /// - Returns: where it is then.
    private func change(_ content: Content, _ service: MailService, _ shown: Shown) async throws -> String {
        let id = try #require(shown.model.id("Drafts/letter 30.eml"))
        _ = try await service.edit(id)
        let isEmptied = [.emptied, .renamed, .moved, .backedUp].contains(content)
        try Data(isEmptied ? [] : Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
        if content != .open { _ = try service.completed(id, isOpen: content == .flushed, modified: nil) }
        let path =
            switch content {
            case .renamed: "Drafts/other.eml"
            case .moved: "Work/other.eml"
            case .backedUp: "Drafts/other.eml~"
            default: "Drafts/letter 30.eml"
            }
        if path != "Drafts/letter 30.eml" { try service.move("Drafts/letter 30.eml", to: path, shown) }
        return path
    }

    @Test(arguments: Content.allCases, Deletion.allCases)
    func goesWithTheServersVersion(_ content: Content, _ deletion: Deletion) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let path = try await change(content, service, shown)
            switch deletion {
            case .unlinked: try service.remove(path, shown)
            case .replacedByMessage: try service.move("INBOX/letter 1.eml", to: path, shown, replacing: path)
            case .replacedByNeighbour:
                let folder = String(path.prefix { $0 != "/" })
                try service.move(folder + "/letter 50.eml", to: path, shown, replacing: path)
            case .replacedByFile:
                let folder = try #require(shown.model.folder(String(path.prefix { $0 != "/" })))
                let file = try service.createFile(in: folder.id, name: Array("x.tmp".utf8), purpose: .scratch)
                try Data(Letter.make(40)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
                _ = try service.completed(file.id, isOpen: false, modified: nil)
                try service.move(folder.displayName + "/x.tmp", to: path, shown, replacing: path)
            }
            let names = shown.model.names(in: "Drafts") + shown.model.names(in: "Work")
            #expect(names.count == (deletion == .unlinked || deletion == .replacedByNeighbour ? 2 : 3))
            #expect((shown.model.id(path) == nil) == (deletion == .unlinked))
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(!rig.letters(in: "Drafts").contains(30))
            #expect(!rig.letters(in: "Drafts").contains(31))
            #expect(service.failedChanges.isEmpty)
        }
    }

    /// What the server had comes back by `undelete`.
    @Test(arguments: [Content.emptied, .open, .moved]) func comesBack(_ content: Content) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try service.remove(try await change(content, service, shown), shown)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [50])
            #expect(try service.undelete(nil) == ["Drafts/letter 30.eml"])
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == [30, 50])
            #expect(shown.model.names(in: "Drafts") == ["letter 30.eml", "letter 50.eml"])
        }
    }

    /// An editor saves a draft that another program is writing to: the name is free for the new one.
    @Test(arguments: [Content.open, .emptied]) func isBackedUp(_ content: Content) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try service.move(try await change(content, service, shown), to: "Drafts/letter 30.eml~", shown)
            try service.write(Letter.make(40), to: "Drafts/letter 30.eml", shown)
            #expect(await service.drain(until: rig.deadline) == 0)
            #expect(rig.letters(in: "Drafts") == [30, 40, 50])
            #expect(shown.model.names(in: "Drafts") == ["letter 30.eml", "letter 30.eml~", "letter 50.eml"])
            try service.remove("Drafts/letter 30.eml~", shown)
            try await rig.drained(service, shown)
            #expect(shown.model.names(in: "Drafts") == ["letter 30.eml", "letter 50.eml"])
            #expect(rig.letters(in: "Drafts") == [40, 50])
        }
    }

    /// A message that is on its way to the drafts is written to there, and renamed.
    @Test func isRenamedOnItsWay() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            try service.move("INBOX/letter 1.eml", to: "Drafts/z.eml", shown)
            let id = try #require(shown.model.id("Drafts/z.eml"))
            _ = try await service.edit(id)
            try service.move("Drafts/z.eml", to: "Drafts/z.eml~", shown)
            #expect(shown.model.id("Drafts/z.eml~") == id && shown.model.id("Drafts/z.eml") == nil)
            try rig.server.start()
            #expect(await service.drain(until: rig.deadline) == 0)
            #expect(shown.model.id("Drafts/z.eml~") == id && shown.model.id("Drafts/z.eml") == nil)
            #expect(rig.letters(in: "Drafts") == [1, 30, 50])
        }
    }

    /// What is on the wire is not written to, whatever was asked of it since.
    @Test(arguments: ["Drafts/z.eml", "Drafts/z.eml~", "Work/z.eml"])
    func isRenamedWhileItIsSent(path: String) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let id = try #require(shown.model.id("Drafts/letter 30.eml"))
            _ = try await service.edit(id)
            try Data(Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .answer, times: 1, .stall))
            _ = try service.completed(id, isOpen: false, modified: nil)
            try await rig.server.waitForFiring(rule)
            try service.move("Drafts/letter 30.eml", to: path, shown)
            rig.server.stop()
            rig.server.release(rule)
            try await rig.wait(for: .offline, service)
            await #expect(throws: ServiceError.self) { try await service.edit(id) }
            await #expect(throws: ServiceError.self) { try await service.waitToEdit(id) }
            try rig.server.start()
            let left = await service.drain(until: rig.deadline)
            #expect(left == 0)
            #expect(rig.letters(in: String(path.prefix { $0 != "/" })).contains(31))
        }
    }

    /// A name is taken of which nothing is sent: a file that is being written, or one that the server would refuse.
    @Test(arguments: [true, false], Deletion.allCases.filter { $0 != .unlinked })
    func givesItsNameUp(isOpen: Bool, _ deletion: Deletion) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let old = try service.createFile(in: work.id, name: Array("a.eml".utf8), purpose: .unfinished)
            let text = Letter.make(8) + (isOpen ? [] : [0])
            try Data(text).write(to: URL(fileURLWithPath: service.spoolPath(of: old.id)))
            if isOpen {
                _ = try service.completed(old.id, isOpen: true, modified: nil)
            } else {
                #expect(throws: ServiceError.self) { try service.completed(old.id, isOpen: false, modified: nil) }
                #expect(service.failedChanges.count == 1)
            }
            switch deletion {
            case .unlinked: break
            case .replacedByMessage:
                try service.move("INBOX/letter 1.eml", to: "Work/a.eml", shown, replacing: "Work/a.eml")
            case .replacedByNeighbour:
                try service.move("Work/letter 50.eml", to: "Work/a.eml", shown, replacing: "Work/a.eml")
            case .replacedByFile:
                let file = try service.createFile(in: work.id, name: Array("x.tmp".utf8), purpose: .scratch)
                try Data(Letter.make(40)).write(to: URL(fileURLWithPath: service.spoolPath(of: file.id)))
                _ = try service.completed(file.id, isOpen: false, modified: nil)
                try service.move("Work/x.tmp", to: "Work/a.eml", shown, replacing: "Work/a.eml")
            }
            let names = deletion == .replacedByNeighbour ? ["a.eml"] : ["a.eml", "letter 50.eml"]
            #expect(shown.model.names(in: "Work") == names)
            try await rig.drained(service, shown)
            let letters = deletion == .replacedByMessage ? [1, 50] : deletion == .replacedByFile ? [40, 50] : [50]
            #expect(rig.letters(in: "Work") == letters)
            #expect(shown.model.names(in: "Work") == names)
            #expect(service.failedChanges == [])
            // What was whole can be had back, and is refused again.
            #expect(try service.undelete(nil) == (isOpen ? [] : ["Work/a-2.eml"]))
            #expect(service.failedChanges.count == (isOpen ? 0 : 1))
        }
    }

    /// A new version that was closed without a word a moment ago is what comes back.
    @Test(arguments: [true, false]) func whatNobodyTellsTheCloseOf(isDraft: Bool) async throws {
        let rig = try rig()
        let path = isDraft ? "Drafts/letter 30.eml" : "Work/31.eml"
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let id: MessageID
            if isDraft {
                id = try #require(shown.model.id(path))
                _ = try await service.edit(id, purpose: .unattended)
            } else {
                let folder = try #require(shown.model.folder("Work"))
                id = try service.createFile(in: folder.id, name: Array("31.eml".utf8), purpose: .unattended).id
            }
            try Data(Letter.make(31)).write(to: URL(fileURLWithPath: service.spoolPath(of: id)))
            try service.remove(path, shown)
            #expect(shown.model.id(path) == nil)
            #expect(Set(try service.undelete(nil)) == [path])
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Drafts") == (isDraft ? [31, 50] : [30, 50]))
            #expect(rig.letters(in: "Work") == (isDraft ? [50] : [31, 50]))
        }
    }

    /// A file that is only here goes, and nothing is asked of the server.
    @Test func ofAFileOnly() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work"))
            let file = try service.createFile(in: work.id, name: Array("a.eml".utf8), purpose: .unfinished)
            _ = try service.completed(file.id, isOpen: false, modified: nil)
            rig.server.clearObservation()
            try service.remove("Work/a.eml", shown)
            try await rig.drained(service, shown)
            #expect(rig.server.changingCommands == [])
        }
    }
}
