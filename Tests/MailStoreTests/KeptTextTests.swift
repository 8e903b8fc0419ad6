import Digest
import Foundation
import GRDB
import MailModel
import Testing

@testable import MailStore

/// Texts made of bodies: there until their bodies go, and nothing of them is believed that is not what was written.
@Suite("MailStore: kept texts") struct KeptTextTests {
    private let body = Array("Subject: one\n\nBody.\n".utf8)
    private let text = Array("Subject: one\n\nText of it.\n".utf8)
    private let form = "1"

    /// A store with one message, its body and its text, which is written.
    private func filled() throws -> (Fixture, MailStore, MessageID) {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("INBOX")
        let id = try #require(try store.add(folder, [metadata(1)], cursor: cursor(1, next: 2)).arrived.first).id
        try store.adopt(id, body)
        store.keep(text: text, of: id, madeOf: body, form: form)
        store.texts.waitUntilWritten()
        return (fixture, store, id)
    }

    private func change(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func path(_ fixture: Fixture) -> String { fixture.cache + "/text.sqlite" }

    @Test("a text is there at once, when it is written, and in the next run") func kept() throws {
        let (fixture, store, id) = try filled()
        #expect(store.keptText(of: id, form: form) == text)
        #expect(store.keptTextSize(of: id, form: form) == UInt64(text.count))
        store.close()
        let next = try fixture.open()
        #expect(next.keptTextSize(of: id, form: form) == UInt64(text.count))
        #expect(next.keptText(of: id, form: form) == text)
        let mode = try #require(
            try FileManager.default.attributesOfItem(atPath: path(fixture))[.posixPermissions] as? Int)
        #expect(mode == 0o600)
    }

    @Test("an empty one is one") func empty() throws {
        let (_, store, id) = try filled()
        store.keep(text: [], of: id, madeOf: body, form: form)
        #expect(store.keptText(of: id, form: form) == [])
        store.texts.waitUntilWritten()
        #expect(store.keptText(of: id, form: form) == [])
        #expect(store.keptTextSize(of: id, form: form) == 0)
    }

    @Test("it counts for the body that it was made of") func otherBody() throws {
        let (_, store, id) = try filled()
        store.keep(text: [7], of: id, madeOf: [1], form: form)
        store.texts.waitUntilWritten()
        #expect(store.keptText(of: id, form: form) == nil)
        #expect(store.keptTextSize(of: id, form: form) == nil)
    }

    @Test("texts of another form are forgotten, all of them") func otherForm() throws {
        let (fixture, store, id) = try filled()
        #expect(store.keptText(of: id, form: "2") == nil)
        store.keep(text: [7], of: id, madeOf: body, form: "2")
        #expect(store.keptText(of: id, form: "2") == [7])
        store.close()
        let next = try fixture.open()
        #expect(next.keptText(of: id, form: "2") == [7])
        #expect(next.keptText(of: id, form: form) == nil)
    }

    @Test("they count to the size of the cache, and go with their bodies") func evicted() throws {
        let (fixture, store, id) = try filled()
        let folder = try #require(try store.folders().first?.folder.id)
        let second = try #require(try store.add(folder, [metadata(2)], cursor: cursor(1, next: 3)).arrived.first).id
        let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try store.adopt(second, [2])
        store.keep(text: large, of: second, madeOf: [2], form: form)
        store.texts.waitUntilWritten()
        #expect(store.cachedSize > UInt64(body.count + 1 + large.count))
        store.close()
        fixture.limits.bodies = 100_000
        let next = try fixture.open()
        #expect(next.cachedSize > 200_000)
        _ = try next.evict(keeping: [id])
        #expect(next.keptText(of: second, form: form) == nil)
        #expect(next.keptText(of: id, form: form) == text)
        #expect(next.cachedSize < 100_000)
        #expect(try next.body(id) == body)
    }

    @Test("the text of a message whose body went by another way is swept away") func swept() throws {
        let (fixture, store, id) = try filled()
        store.close()
        let next = try fixture.open()
        try next.onWriter { try $0.execute(sql: "DELETE FROM main.body") }
        #expect(next.keptText(of: id, form: form) == nil)
        _ = try next.evict()
        #expect(next.texts.text(id.rawValue, of: SHA256.hash(body), form: form) == nil)
    }

    @Test(
        "what is damaged is made again",
        arguments: [
            "UPDATE content SET octets = x'00'", "UPDATE content SET octets = zeroblob(length(octets))",
            "UPDATE text SET size = size + 1", "UPDATE text SET digest = zeroblob(32)",
            "UPDATE text SET source = zeroblob(32)", "DELETE FROM content", "DROP TABLE content",
        ]) func damaged(change: String) throws
    {
        let (fixture, store, id) = try filled()
        store.close()
        try self.change(path(fixture), change)
        let next = try fixture.open()
        if !change.contains("content") { #expect(next.keptTextSize(of: id, form: form) == nil) }
        #expect(next.keptText(of: id, form: form) == nil)
        next.keep(text: text, of: id, madeOf: body, form: form)
        next.texts.waitUntilWritten()
        #expect(next.keptText(of: id, form: form) == text)
        #expect(next.keptTextSize(of: id, form: form) == UInt64(text.count))
    }

    @Test("so is a file that is none, is cut, or is empty", arguments: [0, 100, 5_000, -1]) func cut(length: Int) throws
    {
        let (fixture, store, id) = try filled()
        store.close()
        let url = URL(fileURLWithPath: path(fixture))
        let whole = try Data(contentsOf: url)
        try (length < 0 ? Data("nonsense".utf8) : whole.prefix(length)).write(to: url)
        let next = try fixture.open()
        #expect(next.keptText(of: id, form: form) == nil)
        next.keep(text: text, of: id, madeOf: body, form: form)
        #expect(next.keptText(of: id, form: form) == text)
        next.close()
        #expect(try fixture.open().keptText(of: id, form: form) == text)
    }

    @Test("the cache's directory may be removed meanwhile") func removed() throws {
        let (fixture, store, id) = try filled()
        try FileManager.default.removeItem(atPath: fixture.cache)
        #expect(store.keptText(of: id, form: form) == text)
        store.keep(text: [7], of: id, madeOf: body, form: form)
        store.texts.waitUntilWritten()
        #expect(store.keptText(of: id, form: form) == [7])
    }

    @Test("nothing is kept where the disk has no room") func full() throws {
        let (fixture, store, id) = try filled()
        store.close()
        fixture.limits.reserve = .max
        let next = try fixture.open()
        next.keep(text: [7], of: id, madeOf: body, form: form)
        next.texts.waitUntilWritten()
        #expect(next.keptText(of: id, form: form) == text)
    }
}
