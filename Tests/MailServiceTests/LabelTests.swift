import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Synchronization
import Testing

@testable import MailService

/// Gmail's labels: told with the listing and by mod-sequences, changed through the journal.
@Suite(.serialized) struct LabelTests {
    private static let all = "[Gmail]/All Mail"

    private func rig(_ change: (inout Rig.Options) -> Void = { _ in }) throws -> Rig {
        let rig = try Rig.changing(.gmail, change)
        rig.server.createGmailFolders()
        return rig
    }

    private func expect(
        _ path: String, _ names: [String]?, _ service: MailService, _ shown: Shown,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let id = try #require(shown.model.id(path), "\(path)", sourceLocation: sourceLocation)
        let found = try service.labels(of: id)?.names
        #expect(found == names, "\(path)", sourceLocation: sourceLocation)
    }

    @discardableResult
    private func give(_ names: [String], _ path: String, _ service: MailService, _ shown: Shown) throws -> Receipt {
        try service.setLabels(try #require(shown.model.id(path), "\(path)")) { $0.union(Labels(names)) }
    }

    private func stores(_ rig: Rig) -> [String] {
        rig.server.observation.clientLines.compactMap { line in
            line.range(of: "UID STORE").map { String(line[$0.lowerBound...]) }
        }
    }

    @Test func toldWithTheListing() async throws {
        let rig = try rig()
        rig.server.copy(2, from: "INBOX", to: "Work")
        rig.server.changeLabels(of: 2, in: "INBOX", giving: ["\\Important", "&AMQ-pfel und \"Birnen\""], taking: [])
        try await rig.synchronised { service, shown in
            let odd = "Äpfel und \"Birnen\""
            try expect("INBOX/letter 2.eml", ["\\Important", "Work", odd], service, shown)
            try expect("Work/letter 2.eml", ["\\Important", "\\Inbox", odd], service, shown)
            try expect("\(Self.all)/letter 2.eml", ["\\Important", "\\Inbox", "Work", odd], service, shown)
            try expect("INBOX/letter 1.eml", [], service, shown)
        }
    }

    /// Flags that stay and labels that change are a change too, for Gmail counts it in the mod-sequence.
    @Test func changedByOthers() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let asked = rig.server.observation.count("UID FETCH")
            rig.server.changeLabels(of: 2, in: "INBOX", giving: ["Club"], taking: [])
            try await rig.settle(service, shown)
            try expect("INBOX/letter 2.eml", ["Club"], service, shown)
            try expect("Club/letter 2.eml", ["\\Inbox"], service, shown)
            rig.server.changeLabels(of: 2, in: Self.all, giving: [], taking: ["\\Inbox", "Club"])
            try await rig.settle(service, shown)
            #expect(shown.model.id("INBOX/letter 2.eml") == nil)
            try expect("\(Self.all)/letter 2.eml", [], service, shown)
            #expect(rig.server.observation.count("UID FETCH") > asked)
        }
    }

    /// What is wanted shows at once; the server is told what to give and to take, and the folders follow.
    @Test(arguments: [true, false]) func changed(online: Bool) async throws {
        let rig = try rig()
        rig.server.changeLabels(of: 2, in: "INBOX", giving: ["Old", "Kept"], taking: [])
        try await rig.synchronised { service, shown in
            if !online {
                rig.server.stop()
                try await rig.wait(for: .offline, service)
            }
            let id = try #require(shown.model.id("INBOX/letter 2.eml"))
            let receipt = try service.setLabels(id) { seen in
                #expect(seen.names == ["Kept", "Old"])
                return Labels(["Neue Löffel", "kept", "\\Important"])
            }
            #expect(!receipt.operations.isEmpty)
            if !online {
                #expect(service.pendingChanges == 2)
                try expect("INBOX/letter 2.eml", ["\\Important", "Kept", "Neue Löffel"], service, shown)
                // What others do meanwhile stays.
                rig.server.changeLabels(of: 2, in: "INBOX", giving: ["Theirs"], taking: [])
                try rig.server.start()
            }
            try await rig.drained(service, shown)
            let theirs = online ? [] : ["Theirs"]
            try expect("INBOX/letter 2.eml", ["\\Important", "Kept", "Neue Löffel"] + theirs, service, shown)
            #expect(rig.letters(in: "Neue L&APY-ffel") == [2])
            #expect(shown.model.id("Neue Löffel/letter 2.eml") != nil)
            #expect(shown.model.id("Old/letter 2.eml") == nil)
            #expect(stores(rig).count == 2)
            let nothing = try service.setLabels(id) { $0 }
            #expect(nothing.operations.isEmpty)
        }
    }

    /// What is given one after the other while nothing is sent is one command, for several messages too.
    @Test func gathered() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            for number in 1...3 {
                try give(["Work"], "INBOX/letter \(number).eml", service, shown)
                try give(["Club"], "INBOX/letter \(number).eml", service, shown)
            }
            #expect(service.pendingChanges == 3)
            try rig.server.start()
            try await rig.drained(service, shown)
            #expect(stores(rig) == [#"UID STORE 1:3 +X-GM-LABELS ("Club" "Work")"#])
            #expect(rig.letters(in: "Work") == [1, 2, 3])
            #expect(rig.letters(in: "Club") == [1, 2, 3])
        }
    }

    /// The folders that are concerned follow by themselves.
    @Test func foldersFollow() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            try await service.verdict(of: give(["Work", "\\Starred"], "INBOX/letter 4.eml", service, shown))
            for path in ["Work/letter 4.eml", "[Gmail]/Starred/letter 4.eml"] {
                try await shown.wait("\(path)") { $0.id(path) != nil }
            }
        }
    }

    @Test func refused() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "UID STORE", at: .received, .refuse("NO [CANNOT] not this")))
            try give(["Work"], "INBOX/letter 2.eml", service, shown)
            await #expect(throws: ServiceError.self) {
                try await service.verdict(of: give(["Club"], "INBOX/letter 2.eml", service, shown))
            }
            try expect("INBOX/letter 2.eml", [], service, shown)
            #expect(service.failedChanges.first?.path == "INBOX/letter 2.eml")
            rig.server.remove(rule)
            try service.retry([])
            try await rig.drained(service, shown)
            try expect("INBOX/letter 2.eml", ["Club", "Work"], service, shown)
            #expect(service.failedChanges == [])
        }
    }

    /// One label that the server will not have takes no other with it, of one message or of several.
    @Test(arguments: [1, 3]) func oneOfSeveral(messages: Int) async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            rig.server.stop()
            try await rig.wait(for: .offline, service)
            let paths = (1...messages).map { "INBOX/letter \($0).eml" }
            for path in paths { for name in ["Club", "Bad", "Work"] { try give([name], path, service, shown) } }
            #expect(service.pendingChanges == messages)
            rig.server.install(
                Misbehaviour(on: "UID STORE", containing: "Bad", at: .received, .refuse("NO [CANNOT] not this")))
            try rig.server.start()
            try await rig.drained(service, shown)
            for path in paths { try expect(path, ["Club", "Work"], service, shown) }
            #expect(rig.letters(in: "Work") == Array(1...messages))
            #expect(service.failedChanges.count == messages)
            rig.server.behave()
            try service.retry([])
            try await rig.drained(service, shown)
            for path in paths { try expect(path, ["Bad", "Club", "Work"], service, shown) }
        }
    }

    @Test func answerLost() async throws {
        let rig = try rig()
        try await rig.synchronised { service, shown in
            rig.server.install(Misbehaviour(on: "UID STORE", at: .answer, times: 1, .close))
            try give(["Work"], "INBOX/letter 2.eml", service, shown)
            try await rig.drained(service, shown)
            try expect("INBOX/letter 2.eml", ["Work"], service, shown)
            #expect(rig.letters(in: "Work") == [2])
        }
    }

    /// A label is a place: who may only set flags gives none.
    @Test func allowed() async throws {
        let rig = try rig { $0.allowed = [.flags] }
        try await rig.synchronised { service, shown in
            #expect(throws: ServiceError.readOnly) { try give(["Work"], "INBOX/letter 2.eml", service, shown) }
        }
    }

    @Test func nowhereElse() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            try expect("INBOX/letter 2.eml", nil, service, shown)
            #expect(throws: ServiceError.self) { try give(["Work"], "INBOX/letter 2.eml", service, shown) }
            #expect(!rig.server.observation.clientLines.contains { $0.contains("X-GM-LABELS") })
        }
    }

    /// What was listed without labels is listed once more, and not again after that.
    @Test func ofAnOlderCache() async throws {
        let rig = try rig()
        rig.server.changeLabels(of: 2, in: "INBOX", giving: ["Club"], taking: [])
        rig.server.configure { $0.capabilities.removeAll { $0 == "X-GM-EXT-1" } }
        let id = Mutex<MessageID?>(nil)
        try await rig.synchronised { service, shown in
            try expect("INBOX/letter 2.eml", nil, service, shown)
            id.withLock { $0 = shown.model.id("INBOX/letter 2.eml") }
        }
        let message = try #require(id.withLock { $0 })
        rig.server.configure { $0.capabilities.append("X-GM-EXT-1") }
        func listings() -> Int {
            rig.server.observation.clientLines.count { $0.hasSuffix("UID FETCH 1:* (UID FLAGS X-GM-LABELS)") }
        }
        var counts: [Int] = []
        for _ in 1...2 {
            try await rig.run { service, _ in
                try await service.waitUntilReady()
                try await service.synchronise(paths: [], bodies: false, progress: { _, _ in })
                let found = try service.labels(of: message)
                #expect(found == Labels(["Club"]))
            }
            counts.append(listings())
        }
        #expect(counts[0] > 0 && counts[1] == counts[0])
    }
}
