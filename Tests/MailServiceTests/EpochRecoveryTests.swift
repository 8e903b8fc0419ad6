import InMemoryIMAP
import MailModel
import MailPool
import Testing

@testable import MailService

/// The folder that something was sent to has another UIDVALIDITY before that is seen there: what came is known by what it is, and is
/// there once.
@Suite(.serialized) struct EpochRecoveryTests {
    enum Change: String, CaseIterable, Sendable {
        case copy = "UID COPY"
        case move = "UID MOVE"
        case copiedMove = "UID COPY for a move"
        case upload = "APPEND"

        var command: String { self == .copiedMove ? "UID COPY" : rawValue }
    }

    @Test(arguments: Change.allCases, [true, false]) func isThereOnce(change: Change, isAnswered: Bool) async throws {
        let rig = try Rig.changing(change == .copiedMove ? .full.without("MOVE") : .full) { $0.haste = 40 }
        rig.server.deliver(Letter.make(30...35), to: "Work")
        try await rig.synchronised { service, shown in
            try await service.synchronise(paths: [], bodies: true, progress: { _, _ in })
            let rule = rig.server.install(Misbehaviour(on: change.command, at: .answer, times: 1, .stall))
            switch change {
            case .copy: try service.write(Letter.make(1), to: "Work/one.eml", shown)
            case .move, .copiedMove: try service.move("INBOX/letter 1.eml", to: "Work/one.eml", shown)
            case .upload: try service.write(Letter.make(9), to: "Work/one.eml", shown)
            }
            try await rig.server.waitForFiring(rule)
            rig.server.expunge([1, 2, 3], in: "Work")
            rig.server.changeUIDValidity(of: "Work", firstUID: 1)
            if !isAnswered { rig.server.cutConnections() }
            rig.server.release(rule)
            try await rig.drained(service, shown)
            let number = change == .upload ? 9 : 1
            #expect(rig.letters(in: "Work") == [number, 33, 34, 35])
            #expect(rig.letters(in: "INBOX").contains(1) == (change == .copy || change == .upload))
            #expect(shown.model.names(in: "Work") == ["letter 33.eml", "letter 34.eml", "letter 35.eml", "one.eml"])
            #expect(service.failedChanges == [])
        }
        #expect(rig.server.observation.count(change.command) == 1)
    }
}
