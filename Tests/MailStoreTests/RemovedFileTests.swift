import Foundation
import MailModel
import PosixFile
import Testing

@testable import MailStore

@Suite("MailStore: files that are removed while it is open")
struct RemovedFileTests {
    @Test("bodies go on being kept, in directories that are made again", arguments: ["bodies", "bodies/tmp"])
    func bodies(name: String) throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        let ids = try store.add(folder, [metadata(1), metadata(2), metadata(3)]).arrived.map(\.id)
        try store.adopt(ids[0], [1])
        try FileManager.default.removeItem(atPath: fixture.cache + "/" + name)
        if name == "bodies" { #expect(try store.body(ids[0]) == nil) }
        let writer = try store.beginBody()
        try ([2] as [UInt8]).withUnsafeBytes { try writer.write($0) }
        try store.adoptBodies([FinishedBody(id: ids[1], content: .file(writer))]) { _ in }
        try store.adopt(ids[2], [3])
        #expect(try store.body(ids[1]) == [2])
        #expect(try store.body(ids[2]) == [3])
    }

    @Test("databases are told of, read and written on, and written again at the end", arguments: [false, true])
    func databases(whole: Bool) throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let folder = try store.makeFolder("a")
        try store.add(folder, [metadata(1)])
        #expect(store.removedDatabases == [])
        for name in ["cache", "state"] {
            let directory = fixture.root + "/" + name
            for file in whole
                ? [""] : FileManager.default.enumerator(atPath: directory)?.compactMap({ $0 as? String }) ?? []
            where whole || file.contains(".sqlite") {
                try FileManager.default.removeItem(atPath: directory + "/" + file)
            }
        }
        #expect(store.removedDatabases == [fixture.cache + "/index.sqlite", fixture.state + "/state.sqlite"])
        store.releaseMemory()
        #expect(try store.names(folder) == ["m1.eml"])
        let second = try #require(try store.add(folder, [metadata(2)]).arrived.first)
        try store.adopt(second.id, [2])
        #expect(try store.body(second.id) == [2])
        store.close()
        let again = try fixture.open()
        #expect(try again.names(folder) == ["m1.eml", "m2.eml"])
        #expect(try again.body(second.id) == [2])
        #expect(again.removedDatabases == [])
    }

    @Test("what somebody put in the place of a database is left alone")
    func replaced() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        let path = fixture.cache + "/index.sqlite"
        try FileManager.default.removeItem(atPath: path)
        try "theirs".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(store.removedDatabases == [path])
        store.close()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "theirs")
    }
}
