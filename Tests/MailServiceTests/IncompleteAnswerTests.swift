import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import MailStore
import Testing

@testable import MailService

/// A listing is complete or an error, whatever an answer to FETCH leaves out or writes unreadably.
@Suite(.serialized) struct IncompleteAnswerTests {
    enum Fault: String, CaseIterable, Sendable {
        case noSize, sizeNIL, sizeNegative, sizeFloating, noHeader, headerNIL, noDate, noFlags, split, oddFlag, neither

        /// What a server with this fault makes of one FETCH response.
        func spoil(_ line: [UInt8]) -> [UInt8] {
            guard line.count < 4_096, let text = String(validating: line, as: UTF8.self), text.contains(" FETCH (UID")
            else { return line }
            let size = /RFC822\.SIZE \d+ ?/
            let header = /BODY\[HEADER\.FIELDS.*\r\n[^)]*\)/.dotMatchesNewlines()
            var spoilt = text
            switch self {
            case .noSize: spoilt.replace(size, with: "")
            case .sizeNIL: spoilt.replace(size, with: "RFC822.SIZE NIL ")
            case .sizeNegative: spoilt.replace(size, with: "RFC822.SIZE -1 ")
            case .sizeFloating: spoilt.replace(size, with: "RFC822.SIZE 9.3e+02 ")
            case .noHeader: spoilt.replace(header, with: ")")
            case .headerNIL: spoilt.replace(header, with: "BODY[HEADER.FIELDS (SUBJECT)] NIL)")
            case .noDate: spoilt.replace(/INTERNALDATE "[^"]*" ?/, with: "")
            case .noFlags: if text.contains("HEADER") { spoilt.replace(/FLAGS \([^)]*\) ?/, with: "") }
            case .split:
                let number = text.prefix { $0 != "(" }
                let uid = text.firstMatch(of: /UID \d+/).map { String($0.output) } ?? ""
                spoilt.replace(" INTERNALDATE", with: ")\r\n\(number)(\(uid) INTERNALDATE")
            case .oddFlag: spoilt.replace("FLAGS (", with: "FLAGS (a(b ")
            case .neither:
                spoilt.replace(size, with: "")
                spoilt.replace(header, with: ")")
            }
            return Array(spoilt.utf8)
        }
    }

    private func spoil(_ rig: Rig, _ fault: Fault) {
        rig.server.install(
            Misbehaviour(on: "UID FETCH", .alter { $0.untagged = $0.untagged.map { fault.spoil($0) } }))
    }

    private func bringUpToDate(_ service: MailService, _ shown: Shown) async throws {
        let folder = try #require(shown.model.folder("Work"))
        try await #require(service.running).scheduler.bringUpToDate(folder.id, lane: .listing)
    }

    /// In a first listing, and among arrivals; the size is that of the body, where the server does not tell it.
    @Test(arguments: Fault.allCases, [ServerKind.full, .minimal])
    func everyMessageIsListed(fault: Fault, kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration.without("NOTIFY", "IDLE"))
        rig.server.deliver(Letter.make(1...12), to: "Work", flags: ["\\Flagged"])
        spoil(rig, fault)
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.ensureListed(try #require(shown.model.folder("Work")).id)
            #expect(shown.model.uids(in: "Work") == Array(1...12))
            rig.server.deliver(Letter.make(13...14), to: "Work", flags: ["\\Flagged"])
            try await bringUpToDate(service, shown)
            #expect(shown.model.uids(in: "Work") == Array(1...14))
            for uid: UInt32 in [3, 14] {
                let message = try #require(shown.model.message(uid, in: "Work"))
                #expect(message.size == UInt64(Letter.make(Int(uid)).count))
                #expect(message.name == Array("letter \(uid).eml".utf8))
                #expect(message.flags.system.contains(.flagged))
                try await service.expect(Letter.make(Int(uid)), reading: uid, in: "Work", shown)
            }
        }
    }

    /// What is listed so can be changed: the look before it sees the same.
    @Test(arguments: [Fault.noSize, .noHeader, .split, .oddFlag, .neither])
    func whatIsListedCanBeDeleted(fault: Fault) async throws {
        let rig = try Rig(.full, Rig.Options { $0.isChanging = true })
        rig.server.deliver(Letter.make(1...3), to: "Work")
        spoil(rig, fault)
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.ensureListed(try #require(shown.model.folder("Work")).id)
            let receipt = try service.remove("Work/letter 2.eml", shown)
            try await service.verdict(of: receipt)
        }
        #expect(rig.server.account.messages(in: "Work").first { $0.uid == 2 }?.flags.contains("\\Deleted") == true)
    }

    /// A message of which nothing can be had but its UID and flags is there all the same.
    @Test func aMessageThatCannotBeDescribedIsShown() async throws {
        let rig = try Rig(.full.without("NOTIFY", "IDLE"))
        rig.server.deliver(Letter.make(1...5), to: "Work")
        rig.server.install(Misbehaviour(on: "UID FETCH", containing: "SIZE", .omitMessages([4])))
        rig.server.install(Misbehaviour(on: "UID FETCH", containing: "BODY", .omitMessages([4])))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            try await service.ensureListed(try #require(shown.model.folder("Work")).id)
            #expect(shown.model.uids(in: "Work") == Array(1...5))
        }
    }

    /// Of messages that the server counts and never lists nothing can be shown: that is an error, not a shorter listing.
    @Test(arguments: [ServerKind.full, .noCondStore, .minimal])
    func countedAndNeverListedIsAnError(kind: ServerKind) async throws {
        let rig = try Rig(kind.configuration.without("NOTIFY", "IDLE"))
        rig.server.deliver(Letter.make(1...5), to: "Work")
        rig.server.install(Misbehaviour(on: "UID FETCH", .omitMessages([4])))
        try await rig.run { service, shown in
            try await service.waitUntilReady()
            let folder = try #require(shown.model.folder("Work"))
            await #expect(throws: ServiceError.self) { try await service.ensureListed(folder.id) }
            rig.server.behave()
            try await service.ensureListed(folder.id)
            #expect(shown.model.uids(in: "Work") == Array(1...5))
        }
    }

    /// A message that arrives between SELECT and FETCH is counted once: no reason to list the folder whole and to distrust QRESYNC.
    @Test func anArrivalBetweenSELECTAndFETCH() async throws {
        let rig = try Rig(.full.without("NOTIFY", "IDLE"))
        rig.server.deliver(Letter.make(1...5), to: "Work")
        try await rig.synchronised { service, shown in
            rig.server.deliver(Letter.make(6...7), to: "Work")
            rig.server.install(
                Misbehaviour(
                    on: "EXAMINE", containing: "Work", times: 1,
                    .alter { answer in
                        answer.omit(containing: " EXISTS")
                        answer.add("6 EXISTS")
                        answer.omit(containing: "[UIDNEXT")
                        answer.add("OK [UIDNEXT 7] Predicted")
                    }))
            rig.server.clearObservation()
            try await bringUpToDate(service, shown)
            #expect(shown.model.uids(in: "Work") == Array(1...7))
            #expect(!rig.server.observation.clientLines.contains { $0.contains("FETCH 1:* (UID FLAGS)") })
            #expect(try service.store.setting(FolderSynchronizer.distrust) == nil)
        }
    }
}
