import Foundation
import Testing

@testable import MailMountCommands

@Suite struct StatusTextTests {
    @Test func saysWhyAMountAndItsServerDoNotAgree() {
        func texts(
            _ waiting: Int, _ failed: Int, _ interrupted: Int, _ held: Int, blocked: Int = 0
        ) -> [String] {
            StatusText.obstacles(
                waiting: waiting, blocked: blocked, failed: failed, interrupted: interrupted, held: held, on: "/mail")
        }
        #expect(texts(0, 0, 0, 0) == [])
        #expect(texts(2, 0, 0, 0) == ["the server does not have 2 changes yet"])
        #expect(texts(0, 1, 0, 0).count == 1)
        #expect(texts(0, 1, 0, 0).first?.hasPrefix("1 upload failed: mailmount status '/mail'") == true)
        #expect(texts(0, 0, 1, 0).first?.hasPrefix("1 file is not sent") == true)
        #expect(texts(1, 1, 2, 1).count == 4)
        #expect(texts(0, 0, 0, 0, blocked: 1).first?.hasPrefix("1 change needs the name of a directory") == true)
        #expect(texts(0, 0, 0, 0, blocked: 2).first?.hasPrefix("2 changes need the name of a directory") == true)
    }

    @Test(arguments: [
        (0, 10, "[----------] 0 % (0 of 10)"), (6, 10, "[######----] 60 % (6 of 10)"),
        (10, 10, "[##########] 100 % (10 of 10)"), (11, 10, "[##########] 100 % (10 of 10)"),
        (-1, 10, "[----------] 0 % (0 of 10)"), (0, 0, "[##########] 100 %"), (1, 3, "[###-------] 33 % (1 of 3)"),
    ])
    func drawsABar(_ done: Int, _ total: Int, _ wanted: String) {
        #expect(StatusText.bar(done, total, width: 10) == wanted)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (10_737_418_240, "10.7 GB"),
            (5_000_000_000_000_000, "5000.0 TB"),
        ] as [(UInt64, String)])
    func writesSizes(_ octets: UInt64, _ wanted: String) {
        #expect(StatusText.size(octets) == wanted)
    }

    static let status = MountStatus(
        mountpoint: "/home/alice/Mail", mode: "exact", account: "alice@example.org:993", connection: "offline",
        reason: "unreachable", connections: 0, server: [:], capabilities: [],
        folders: [
            .init(path: "INBOX", messages: 12, listed: true, listing: nil),
            .init(path: "Sent", messages: 0, listed: false, listing: [30, 60]),
        ], cache: .init(messages: 3, bytes: 2_000, limit: 10_000_000), quota: ["used": 1_000_000, "limit": 2_000_000],
        fetching: 2, pending: 1, failed: [.init(id: 4, operation: "move", path: "INBOX/x.eml", error: "NO")])

    @Test func describesAMount() {
        #expect(
            StatusText.describe(Self.status) == """
                alice@example.org:993 on /home/alice/Mail
                  connection  offline: unreachable
                  folders     2, 12 messages
                              listing Sent: [##########----------] 50 % (30 of 60)
                  cache       3 messages, 2.0 kB of 10.0 MB
                  fetching    2 messages
                  quota       1.0 MB of 2.0 MB
                  changes     1 pending, 1 failed
                              they are kept, and sent when there is a connection
                              4 move INBOX/x.eml: NO
                              mailmount retry '/home/alice/Mail' sends them again;
                              mailmount discard '/home/alice/Mail' NUMBER gives one up
                """)
    }

    /// The program was installed anew, and the mount is the old one's.
    @Test(arguments: ["late", "interrupted", "unknown", "held", "barred", "blocked"]) func readsWhatAnOlderMountTells(
        key: String
    )
        throws
    {
        var told = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.status)) as? [String: Any])
        #expect(told.removeValue(forKey: key) != nil)
        let status = try JSONDecoder().decode(
            MountStatus.self, from: JSONSerialization.data(withJSONObject: told))
        #expect(StatusText.describe(status) == StatusText.describe(Self.status))
    }

    @Test func tellsWhatIsNotRecordedYet() {
        var status = Self.status
        status.late = [.init(path: "Sent/z.eml", error: "the disk is full")]
        #expect(
            StatusText.describe(status).contains(
                "\n              upload Sent/z.eml waits for this machine: the disk is full\n"))
    }

    @Test func tellsWhatThisMountMayNotSend() {
        var status = Self.status
        status.failed = []
        status.interrupted = []
        status.held = []
        status.connection = "online"
        #expect(!status.needsSomebody)
        status.barred = (1...12).map { .init(id: $0, operation: "move", path: "Work/\($0).eml", error: "not allowed") }
        let text = StatusText.describe(status)
        #expect(text.contains("\n              10 move Work/10.eml: not allowed\n"))
        #expect(text.contains("\n              and 2 more that this mount may not send"))
        #expect(!text.contains("Work/11.eml") && status.needsSomebody)
    }

    @Test func tellsWhatWaitsForAName() {
        var status = Self.status
        status.failed = []
        status.blocked = (1...11).map { .init(id: $0, operation: "rename", path: "E\($0)", error: "not free") }
        let text = StatusText.describe(status)
        #expect(text.contains("\n              10 rename E10 is sent later: not free\n"))
        #expect(text.contains("\n              and 1 more that wait for a name"))
        #expect(!text.contains("E11"))
    }

    @Test func tellsHowLongAListingTakes() {
        let text = StatusText.describe(Self.status) { folder, done, total in "\(folder) \(done) \(total)" }
        #expect(text.contains("50 % (30 of 60), Sent 30 60\n"))
        #expect(Self.status.needsSomebody)
    }

    @Test func tellsWhatNobodyKnows() {
        var status = Self.status
        status.unknown = [.init(id: 8, operation: "delete", path: "INBOX/y.eml", error: "")]
        #expect(
            StatusText.describe(status).hasSuffix(
                """
                  outcome unknown of 1, looked up when the server answers, not sent again
                              8 delete INBOX/y.eml
                """))
    }

    @Test func tellsInterruptedFilesFromFailedChanges() {
        var status = Self.status
        status.interrupted = [.init(id: 7, operation: "upload", path: "Sent/y.eml", error: "half")]
        #expect(
            StatusText.describe(status).hasSuffix(
                """
                  changes     1 pending, 1 failed
                              they are kept, and sent when there is a connection
                              4 move INBOX/x.eml: NO
                              mailmount retry '/home/alice/Mail' sends them again;
                              mailmount discard '/home/alice/Mail' NUMBER gives one up
                  interrupted 1, not sent: touch them, or mailmount retry /home/alice/Mail
                              7 upload Sent/y.eml: half
                """))
    }

    /// They come in thousands: some are named, and what can be done about all of them.
    @Test func tellsOfHeldDeletions() {
        var status = Self.status
        status.failed = []
        status.connection = "online"
        #expect(!status.needsSomebody)
        status.held = (1...12).map {
            .init(id: $0, operation: "delete", path: "INBOX/\($0).eml", error: "held")
        }
        #expect(status.needsSomebody)
        let text = StatusText.describe(status)
        #expect(text.contains("\n  held        12 deletions, not sent: more than --delete-limit lets through\n"))
        #expect(text.contains("\n              10 delete INBOX/10.eml\n              and 2 more; "))
        #expect(!text.contains("INBOX/11.eml"))
        #expect(
            text.hasSuffix(
                """
                              mailmount release '/home/alice/Mail' sends them;
                              mailmount undelete '/home/alice/Mail' brings the messages back
                """))
        status.held.removeLast(11)
        #expect(StatusText.describe(status).contains("\n  held        1 deletion, not sent: "))
        #expect(!StatusText.describe(status).contains("more; "))
    }

    /// What `undelete` could not bring back comes behind what it could not bring back yet.
    @Test func tellsWhatUndeleteLeft() {
        #expect(StatusText.obstacles(waiting: [], lost: [], on: "/mail") == [])
        let many = (1...12).map { "INBOX/\($0).eml" }
        let texts = StatusText.obstacles(waiting: many, lost: ["Work/a.eml"], on: "/mail")
        #expect(texts.count == 2)
        #expect(texts.first?.contains("INBOX/10.eml and 2 more; it is sent when the server can be reached") == true)
        #expect(texts.last?.contains("no more or refused it: Work/a.eml; ") == true)
    }

    @Test(arguments: [(0, "0 changes"), (1, "1 change"), (2, "2 changes")])
    func countsChanges(_ count: Int, _ wanted: String) {
        #expect(StatusText.changes(count) == wanted)
    }

    /// The words that programs rely on.
    @Test func hasTheKeysOfTheContract() throws {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.status)) as? [String: Any]
        #expect(object?["connection"] as? String == "offline")
        #expect(object?["pending"] as? Int == 1)
        #expect((object?["held"] as? [Any])?.count == 0)
        let failed = (object?["failed"] as? [[String: Any]])?.first
        #expect(Set(failed.map { Array($0.keys) } ?? []) == ["id", "operation", "path", "error"])
    }
}
