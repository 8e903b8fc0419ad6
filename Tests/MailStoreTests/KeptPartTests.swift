import Foundation
import MailModel
import Testing

@testable import MailStore

/// Parts that were fetched without their message: within the cache's limit, and nothing is believed that is not what was written.
@Suite("MailStore: kept parts") struct KeptPartTests {
    private let part = Array("part".utf8)

    private func filled(limit: UInt64 = 10 << 30) throws -> (Fixture, MailStore, [MessageID]) {
        let fixture = try Fixture()
        fixture.limits.bodies = limit
        let store = try fixture.open()
        let folder = try store.makeFolder("INBOX")
        let ids = try store.add(folder, [metadata(1), metadata(2)], cursor: cursor(1, next: 3)).arrived.map(\.id)
        store.keep(part: part, "1.2", of: ids[0], length: 100)
        return (fixture, store, ids)
    }

    @Test("a part is there at once, and in the next run") func kept() throws {
        let (fixture, store, ids) = try filled()
        #expect(store.keptPart("1.2", of: ids[0], length: 100) == part)
        #expect(store.keptPart("1.3", of: ids[0], length: 100) == nil)
        #expect(store.keptPart("1.2", of: ids[1], length: 100) == nil)
        #expect(store.cachedSize == store.keptPartOctets && store.keptPartOctets == 36)
        store.close()
        let next = try fixture.open()
        #expect(next.keptPartSize("1.2", of: ids[0]) == 4)
        #expect(next.keptPart("1.2", of: ids[0], length: 100) == part)
        #expect(next.keptPartOctets == 36)
    }

    @Test("of a message of another length it is not this one's") func otherLength() throws {
        let (_, store, ids) = try filled()
        #expect(store.keptPart("1.2", of: ids[0], length: 101) == nil)
        #expect(store.keptPartOctets == 0)
    }

    @Test("what is damaged, cut or another's is not there") func damaged() throws {
        for change in ["cut", "other", "swapped"] {
            let (fixture, store, ids) = try filled()
            store.keep(part: Array("else".utf8), "2", of: ids[0], length: 100)
            let path = "\(fixture.cache)/parts/\(ids[0].rawValue).1.2"
            var octets = [UInt8](try Data(contentsOf: URL(filePath: path)))
            switch change {
            case "cut": octets.removeLast()
            case "other": octets[octets.count - 1] ^= 1
            default:
                let other = "\(fixture.cache)/parts/\(ids[0].rawValue).2"
                octets = [UInt8](try Data(contentsOf: URL(filePath: other)))
            }
            try Data(octets).write(to: URL(filePath: path))
            #expect(store.keptPart("1.2", of: ids[0], length: 100) == nil, "\(change)")
            #expect(store.keptPart("2", of: ids[0], length: 100) == Array("else".utf8))
        }
    }

    @Test("parts go when their message is cached or gone") func swept() throws {
        let (_, store, ids) = try filled()
        store.keep(part: part, "1", of: ids[1], length: 100)
        try store.adopt(ids[0], Array("Subject: one\n\nBody.\n".utf8))
        try store.evict()
        #expect(store.keptPart("1.2", of: ids[0], length: 100) == nil)
        #expect(store.keptPart("1", of: ids[1], length: 100) == part)
    }

    @Test("beyond the limit whatever was used last goes last, a part as a body does") func evicted() throws {
        let (fixture, store, ids) = try filled(limit: 100)
        fixture.clock.advance(10)
        try store.adopt(ids[1], Array(repeating: 0x61, count: 50))
        fixture.clock.advance(10)
        store.keep(part: part, "2", of: ids[0], length: 100)
        #expect(store.cachedSize == 122)
        try store.evict()
        #expect(store.keptPart("1.2", of: ids[0], length: 100) == nil)
        #expect(try store.openBody(ids[1]) != nil)
        #expect(store.keptPart("2", of: ids[0], length: 100) == part)
    }
}
