import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// `--allow`: what a mount may not be used for is refused at once, and never sent.
@Suite("Allowed changes", .serialized) struct AllowedChangesTests {
    /// Every kind of change by a name, and what it takes.
    private static let trials: [(name: String, kinds: ChangeKinds)] = [
        ("upload", .append), ("mkdir", .append), ("flags", .flags), ("move", .move), ("name", .move), ("backup", .move),
        ("mvdir", .move), ("rm", .delete), ("rmdir", .delete), ("undelete", .delete), ("replace", [.move, .delete]),
        ("edit", [.append, .delete]),
    ]

    private func attempt(_ name: String, _ service: MailService, _ shown: Shown) async throws {
        func folder(_ path: String) throws -> FolderID { try #require(shown.model.folder(path), "\(path)").id }
        switch name {
        case "upload": try service.write(Letter.make(9), to: "Work/new.eml", shown)
        case "mkdir": _ = try service.createFolder(in: .root, name: Array("New".utf8))
        case "flags": try service.flag("INBOX/letter 1.eml", .add(Flags(system: .seen)), shown)
        case "move": try service.move("INBOX/letter 7.eml", to: "Work/letter 7.eml", shown)
        case "name": try service.move("INBOX/letter 2.eml", to: "INBOX/two.eml", shown)
        case "backup": try service.move("INBOX/letter 6.eml", to: "INBOX/letter 6.eml~", shown)
        case "mvdir": _ = try service.renameFolder(folder("Full"), to: .root, name: Array("Other".utf8))
        case "rm": try service.remove("INBOX/letter 3.eml", shown)
        case "rmdir": _ = try service.removeFolder(folder("Empty"))
        case "undelete": _ = try service.undelete(nil)
        case "replace":
            try service.move(
                "INBOX/letter 4.eml", to: "INBOX/letter 5.eml", shown, replacing: "INBOX/letter 5.eml")
        case "edit": _ = try await service.edit(try #require(shown.model.id("Drafts/letter 8.eml")))
        default: Issue.record("no trial \(name)")
        }
    }

    @Test(
        "each kind of change",
        arguments: [[], .append, .flags, .move, .delete, [.append, .delete], .all] as [ChangeKinds])
    func each(allowed: ChangeKinds) async throws {
        let rig = try Rig.changing(letters: 1...7) { $0.allowed = allowed }
        rig.server.createFolder("Empty")
        rig.server.createFolder("Full")
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        rig.server.deliver(Letter.make(8...8), to: "Drafts")
        try await rig.synchronised { service, shown in
            for trial in Self.trials {
                rig.server.clearObservation()
                guard allowed.isSuperset(of: trial.kinds) else {
                    await #expect(throws: ServiceError.readOnly, "\(trial.name)") {
                        try await attempt(trial.name, service, shown)
                    }
                    _ = await service.drain(until: nil)
                    #expect(rig.server.changingCommands == [], "\(trial.name)")
                    continue
                }
                try await attempt(trial.name, service, shown)
                _ = await service.drain(until: nil)
            }
        }
    }

    @Test("files that are only here may be made, named and removed by anybody")
    func scratch() async throws {
        let rig = try Rig.changing { $0.allowed = [] }
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work")).id
            let file = try service.createFile(in: work, name: Array(".x.swp".utf8), purpose: .scratch)
            _ = try service.rename(file.id, to: work, as: Array("x.tmp".utf8), replacing: nil)
            #expect(throws: ServiceError.readOnly) {
                try service.rename(file.id, to: work, as: Array("x.eml".utf8), replacing: nil)
            }
            _ = try service.delete(file.id)
            #expect(shown.model.names(in: "Work") == [])
        }
    }

    /// Every folder is shown as the cache has it.
    private func list(_ service: MailService, _ shown: Shown) async throws {
        for folder in shown.model.folders.keys {
            try await service.ensureListed(folder)
            try shown.load(folder, from: service)
        }
    }

    @Test("what a mount left that was allowed more waits for one that is")
    func left() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { _, _ in }
        rig.server.install(Misbehaviour(at: .greeting, .close))
        try await rig.run { service, shown in
            try await list(service, shown)
            try await rig.wait(for: .offline, service)
            try service.remove("INBOX/letter 1.eml", shown)
            try service.move("INBOX/letter 2.eml", to: "Work/letter 2.eml", shown)
            try service.flag("INBOX/letter 3.eml", .add(Flags(system: .flagged)), shown)
        }
        rig.server.behave()
        rig.server.clearObservation()
        try await rig.with { $0.allowed = .flags }.run { service, shown in
            try await list(service, shown)
            try await rig.server.wait(for: "the flag") { $0.count("UID STORE") == 1 }
            _ = await service.drain(until: nil)
            #expect(service.pendingChanges == 2)
            let status = try await service.status()
            #expect(status.barred.map(\.path).sorted() == ["INBOX/letter 1.eml", "Work/letter 2.eml"])
            #expect(status.barred.allSatisfy { $0.error.contains("--allow") })
            #expect(rig.server.flags(of: 3, in: "INBOX") == ["\\Flagged"])
            #expect(rig.server.flags(of: 1, in: "INBOX") == [])
            #expect(rig.letters(in: "Work") == [])
        }
        try await rig.run { service, shown in
            try await list(service, shown)
            try await service.waitUntilReady()
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [2])
            #expect(rig.server.flags(of: 1, in: "INBOX") == ["\\Deleted"])
        }
    }

    @Test("what is on its way is no more than what is there", arguments: ["move", "name", "flags", "rm"])
    func onItsWay(_ trial: String) async throws {
        let rig = try Rig.changing { $0.allowed = .append }
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .answer, .stall))
            try service.write(Letter.make(9), to: "Work/new.eml", shown)
            try await rig.server.waitForFiring(rule)
            #expect(throws: ServiceError.readOnly) {
                switch trial {
                case "move": try service.move("Work/new.eml", to: "INBOX/new.eml", shown)
                case "name": try service.move("Work/new.eml", to: "Work/other.eml", shown)
                case "flags": try service.flag("Work/new.eml", .add(Flags(system: .seen)), shown)
                default: try service.remove("Work/new.eml", shown)
                }
            }
            #expect(shown.model.names(in: "Work") == ["new.eml"])
            rig.server.release(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9] && rig.letters(in: "INBOX") == [1, 2, 3, 4, 5])
        }
    }

    @Test("a folder is not deleted to make room for another that is renamed") func replacedFolder() async throws {
        let rig = try Rig.changing { $0.allowed = .move }
        rig.server.createFolder("Empty")
        try await rig.synchronised { service, shown in
            let work = try #require(shown.model.folder("Work")).id
            #expect(throws: ServiceError.readOnly) {
                try service.renameFolder(work, to: .root, name: Array("Empty".utf8))
            }
            try await rig.drained(service, shown)
            #expect(shown.model.folder("Empty") != nil && shown.model.folder("Work") != nil)
        }
    }

    @Test("lists of names") func names() {
        #expect(ChangeKinds(names: "append,flags,move,delete") == .all)
        #expect(ChangeKinds(names: "append") == .append)
        #expect(ChangeKinds(names: "delete, append") == [.append, .delete])
        for wrong in ["", "appendix", "append,", ",", "all", "append;flags", "APPEND"] {
            #expect(ChangeKinds(names: wrong) == nil, "\(wrong)")
        }
    }
}
