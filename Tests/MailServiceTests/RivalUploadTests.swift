import IMAPValue
import InMemoryIMAP
import MailModel
import Testing

@testable import MailService

/// Another client stores another text under the same Message-ID and date while the answer to an upload is lost.
@Suite struct RivalUploadTests {
    private static let rival = Array(
        String(decoding: Letter.make(9), as: UTF8.self).replacing("This is letter 9.", with: "This is another text.")
            .utf8)

    @Test func theBytesDecide() async throws {
        let rig = try Rig.changing()
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .received, times: 1, .stall))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            rig.server.deliver([Self.rival], to: "Work")
            rig.server.cutConnections()
            try await rig.drained(service, shown)
            let bodies = rig.server.messages(in: "Work").map(\.bytes)
            #expect(bodies.contains(Letter.make(9)))
            #expect(bodies.contains(Self.rival))
            #expect(bodies.count == 2)
        }
    }

    @Test func whatTheServerMadeOfItIsTheSame() async throws {
        var configuration = ServerConfiguration.full
        // As Courier does: the last line end is added, bare CR dropped.
        configuration.stored = { $0.filter { $0 != 0x0D } + [0x0A] }
        let rig = try Rig.changing(configuration)
        try await rig.synchronised { service, shown in
            let rule = rig.server.install(Misbehaviour(on: "APPEND", at: .answer, times: 1, .close))
            try service.write(Letter.make(9), to: "Work/nine.eml", shown)
            try await rig.server.waitForFiring(rule)
            try await rig.drained(service, shown)
            #expect(rig.letters(in: "Work") == [9])
        }
    }
}
