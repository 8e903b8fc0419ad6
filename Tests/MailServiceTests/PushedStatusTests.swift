import IMAPCodec
import InMemoryIMAP
import MailModel
import MailPool
import MailSync
import Testing

@testable import MailService

/// What NOTIFY says of one folder while another is asked about, over the only connection.
@Suite(.serialized) struct PushedStatusTests {
    /// With one connection, everything synchronised; the connection is leased.
    private func leased(_ body: (Rig, MailService, Shown, ConnectionPool.Lease) async throws -> Void) async throws {
        let rig = try Rig(.full, Rig.Options { $0.connections = 1 })
        for name in ["INBOX", "Work", "Play"] { rig.server.deliver(Letter.make(1...3), to: name) }
        try await rig.synchronised { service, shown in
            let pool = try #require(service.running).pool
            let lease = try await pool.lease(.changing, folder: nil)
            try await body(rig, service, shown, lease)
            await pool.release(lease, selected: nil)
        }
    }

    @Test("is not taken for the answer", arguments: ["Work", "INBOX"])
    func otherFolder(name: String) async throws {
        try await leased { rig, _, shown, lease in
            let folder = try #require(shown.model.folder(name))
            rig.server.install(
                Misbehaviour(on: "STATUS", times: 1, .append(lines: ["* STATUS Play (MESSAGES 0 UIDNEXT 9)"])))
            let status = try await ChangeExchange(lease).status(of: folder, [.messages, .uidNext])
            #expect(status?.messages == 3)
        }
    }

    @Test("does not hide what was asked for, where it is said of the same folder")
    func sameFolder() async throws {
        try await leased { rig, _, shown, lease in
            let folder = try #require(shown.model.folder("Work"))
            rig.server.install(
                Misbehaviour(
                    on: "STATUS", times: 1,
                    .append(lines: ["* STATUS Work (MESSAGES 3 UIDNEXT 4)", "* STATUS Play (MESSAGES 3)"])))
            let statuses = try await StatusPoll.run([folder], on: lease.connection)
            #expect(statuses.keys.map { String(decoding: $0, as: UTF8.self) } == ["Work"])
            #expect(statuses[folder.rawName]?.highestModSeq != nil)
        }
    }
}
