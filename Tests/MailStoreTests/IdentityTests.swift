import Digest
import Foundation
import IMAPValue
import MailModel
import Testing

@testable import MailStore

@Suite("MailStore: given names, ids and equal bodies")
struct IdentityTests {
    private let fixture: Fixture
    private let store: MailStore
    private let folder: FolderID
    private let messages: [MessageSummary]

    init() throws {
        fixture = try Fixture()
        store = try fixture.open()
        folder = try store.makeFolder("a")
        messages = try store.add(
            folder, [metadata(1), metadata(2), metadata(3)], cursor: cursor(1, next: 4)
        ).arrived
    }

    private func setName(_ name: [UInt8], _ index: Int) throws -> (name: [UInt8], batch: AppliedBatch?) {
        var batch: AppliedBatch?
        let given = try store.setName(name, of: messages[index].id) { batch = $0 }
        return (given, batch)
    }

    // MARK: - Names

    @Test("a message has the name it was given, over a crash and a new listing")
    func setName() throws {
        fixture.clock.advance(10)
        let (name, batch) = try setName(bytes("n.eml"), 0)
        #expect(name == bytes("n.eml"))
        #expect(batch?.updated.map(\.id) == [messages[0].id])
        #expect(batch?.updated.map(\.name) == [name])
        #expect(batch?.listingChanged == 1_010_000_000_000)
        let again = try fixture.crashed().open()
        #expect(try again.names(folder) == ["n.eml", "m2.eml", "m3.eml"])
        try again.add(folder, [metadata(1), metadata(4, identity: 1)])
        #expect(try again.names(folder) == ["n.eml", "m2.eml", "m3.eml", "m1.eml"])
        let (same, nothing) = try setName(name, 0)
        #expect(same == name && nothing == nil)
        let none = MessageID(rawValue: 99)
        #expect(throws: MailStoreError.noSuchMessage(none)) {
            try store.setName([1], of: none) { _ in Issue.record("published") }
        }
    }

    @Test("a name that is taken is numbered: by a message, a local file or what waits")
    func taken() throws {
        #expect(try setName(bytes("m2.eml"), 0).name == bytes("m2-2.eml"))
        _ = try store.makeFile(folder, "f.EML", [1])
        #expect(try setName(bytes("f.EML"), 0).name == bytes("f-2.EML"))
        let other = try #require(try store.add(store.makeFolder("b"), [metadata(9)]).arrived.first).id
        try store.record(.move(other, to: folder, name: bytes("w")))
        #expect(try setName(bytes("w"), 0).name == bytes("w-2"))
        // What waits to be here itself has the name; what goes elsewhere afterwards has it no more.
        try store.record(.move(messages[1].id, to: folder, name: bytes("own.eml")))
        #expect(try setName(bytes("own.eml"), 1).name == bytes("own.eml"))
        try store.record(.delete(other))
        #expect(try setName(bytes("w"), 0).name == bytes("w"))
    }

    @Test("a message that is being taken away gives its name up, unless that failed")
    func hidden() throws {
        let operation = try store.record(.delete(messages[1].id))[0]
        let (name, batch) = try setName(bytes("m2.eml"), 0)
        #expect(name == bytes("m2.eml"))
        #expect(batch?.updated.map(\.name) == [name, bytes("m2-2.eml")])
        try store.setState([(operation.id, .failed(ChangeFailure(kind: .refused, text: "")))]) { _ in }
        #expect(try setName(bytes("m2-2.eml"), 2).name == bytes("m2-2-2.eml"))
    }

    @Test(
        "a numbered name is at most 255 bytes, of whole characters",
        arguments: [
            ("a.eml", "a-2.eml"), ("a", "a-2"), (".eml", ".eml-2"), ("a.b.EmL", "a.b-2.EmL"),
            (String(repeating: "x", count: 255), String(repeating: "x", count: 253) + "-2"),
            (String(repeating: "x", count: 251) + ".eml", String(repeating: "x", count: 249) + "-2.eml"),
            (String(repeating: "\u{20AC}", count: 83) + "ab.eml", String(repeating: "\u{20AC}", count: 83) + "-2.eml"),
            (String(repeating: "\u{20AC}", count: 85), String(repeating: "\u{20AC}", count: 84) + "-2"),
        ])
    func numbered(name: String, expected: String) {
        let made = TakenNames.numbered(bytes(name), 2)
        #expect(String(decoding: made, as: UTF8.self) == expected)
        #expect(made.count <= 255)
    }

    // MARK: - Ids

    @Test("a detached message has another id and name, and all that was its own")
    func detach() throws {
        let id = messages[0].id
        try store.adopt(id, [1, 2, 3])
        try store.add(folder, flags: [(1, Flags(system: .seen))])
        var before = try #require(try store.message(id))
        let operations = try store.record(
            .flags(id, .add(Flags())), .copy(source: id, copy: MessageID(rawValue: 50), to: folder, name: [1]),
            .delete(messages[1].id))
        var published: AppliedBatch?
        let ghost = try store.detach(id) { published = $0 }
        #expect(ghost > messages[2].id)
        before.summary = MessageSummary(
            id: ghost, uid: before.summary.uid, name: bytes("m1-2.eml"), size: 3, sizeIsProven: true,
            internalDate: 500, flags: Flags(system: .seen), flagsChanged: 1_000, isCached: true)
        #expect(published?.removed == [id])
        #expect(published?.arrived == [before.summary])
        let file = LocalFile(id: id, folder: folder, name: messages[0].name, purpose: .upload, modified: 1)
        try store.put(file) {}
        for store in [store, try fixture.crashed().open()] {
            #expect(try store.message(id) == nil)
            #expect(try store.message(ghost) == before)
            #expect(try store.openBody(id) == nil)
            #expect(try store.body(ghost) == [1, 2, 3])
            #expect(try store.header(of: ghost) == metadata(1).header)
            #expect(try store.header(of: id) == nil)
            #expect(store.cachedSize == 3)
            #expect(try store.messageCount(folder) == 3)
            #expect(
                try store.operations().map(\.change) == [
                    .flags(ghost, .add(Flags())),
                    .copy(source: ghost, copy: MessageID(rawValue: 50), to: folder, name: [1]), operations[2].change,
                ])
            #expect(try store.localFiles() == [file])
            #expect(try store.add(folder, flags: [(1, Flags())]).updated.map(\.id) == [ghost])
        }
        let none = MessageID(rawValue: 99)
        #expect(throws: MailStoreError.noSuchMessage(none)) {
            try store.detach(none) { _ in Issue.record("published") }
        }
    }

    @Test("a detached message is still known again in a new epoch, and when it is expected")
    func detachCandidate() throws {
        try store.beginEpoch(folder, uidValidity: validity(2))
        let ghost = try store.detach(messages[0].id) { _ in }
        #expect(try store.add(folder, epoch: 2, [metadata(7, identity: 1)]).updated.map(\.id) == [ghost])
        let operation = try store.record(.move(ghost, to: store.makeFolder("b"), name: [1]))[0]
        let target = try #require(operation.change.target?.folder)
        try store.settle(operation, .moved(validity(1), nil))
        let second = try store.detach(ghost) { _ in }
        #expect(try store.add(target, [metadata(3, identity: 1)]).updated.map(\.id) == [second])
    }

    // MARK: - Bodies

    @Test("a body is found by its bytes while its message is on the server")
    func withBody() throws {
        let (content, other): ([UInt8], [UInt8]) = ([1, 2, 3], [1, 2, 4])
        let digest = SHA256.hash(content)
        #expect(try store.message(withBody: digest, size: 3) == nil)
        try store.adopt(messages[0].id, other)
        try store.adopt(messages[1].id, content)
        #expect(try store.message(withBody: digest, size: 3) == store.message(messages[1].id))
        #expect(try store.message(withBody: digest, size: 4) == nil)
        // A body without a message, one in an epoch that ended, one without a UID, one of a message that went away.
        let copy = try store.newMessageID()
        #expect(try store.linkBody(of: messages[1].id, to: copy))
        try store.beginEpoch(folder, uidValidity: validity(2))
        #expect(try store.message(withBody: digest, size: 3) == nil)
        try store.add(folder, epoch: 2, [metadata(9, identity: 2)])
        #expect(try store.message(withBody: digest, size: 3)?.summary.uid == uid(9))
        let operation = try store.record(.move(messages[1].id, to: store.makeFolder("b"), name: [1]))[0]
        try store.settle(operation, .moved(validity(1), nil))
        #expect(try store.message(withBody: digest, size: 3) == nil)
        try store.adopt(messages[2].id, content)
        try store.add(folder, epoch: 2, [metadata(10, identity: 3)])
        #expect(try store.message(withBody: digest, size: 3)?.summary.id == messages[2].id)
        try store.add(folder, epoch: 2, vanished: [10])
        #expect(try store.message(withBody: digest, size: 3) == nil)
    }
}
