import GRDB
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: logs and waiting for the disk")
struct StoreLimitTests {
    @Test(
        "a log is bounded, and by what the disk has free",
        arguments: [
            (0, 64), (16 << 20, 128), (1 << 30, 8_000), (.max, 8_000),
        ] as [(UInt64, Int)])
    func logs(free: UInt64, pages: Int) {
        #expect(StoreDatabase.logPages(free: free) == pages)
    }

    @Test("a transaction that has to be durable is, whatever was set before it")
    func durable() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let level = { try store.onWriter { db in try Int.fetchOne(db, sql: "PRAGMA state.synchronous") } }
        #expect(try level() == 2)
        try store.onWriter { db in try db.execute(sql: "PRAGMA state.synchronous = OFF") }
        #expect(try level() == 0)
        try store.makeDurable()
        #expect(try level() == 2)
        _ = try store.newMessageID()
        #expect(try level() == 2)
    }
}
