import Fuse
import MailModel
import Testing

@testable import MailFS

@Suite("Handles")
struct HandleTableTests {
    private let id = MessageID(rawValue: 1)

    private func file(isWritable: Bool) -> OpenFile {
        OpenFile(
            id: id, isWritable: isWritable,
            attributes: Attributes(inode: 1, kind: .regularFile, permissions: 0o600, uid: 0, gid: 0))
    }

    @Test("only the last writer's handle is the last")
    func writers() throws {
        var table = HandleTable()
        let first = table.insert(file(isWritable: true))
        let reader = table.insert(file(isWritable: false))
        let second = table.insert(file(isWritable: true))
        #expect(Set([first, reader, second]).count == 3 && table.files.count == 3)
        #expect(table.remove(first)?.wasLastWriter == false)
        #expect(table.hasWriters && table.hasWriters(id) && !table.hasWriters(MessageID(rawValue: 2)))
        #expect(table.remove(second)?.wasLastWriter == true)
        #expect(table.remove(second) == nil)
        #expect(!table.hasWriters && table.isOpen(id) && table.anyUse(of: id) != nil)
        #expect(table.remove(reader)?.wasLastWriter == false)
        #expect(!table.isOpen(id) && table.anyUse(of: id) == nil && table.files.isEmpty)
    }

    @Test("a handle is never given twice")
    func numbers() {
        var table = HandleTable()
        let first = table.insert(file(isWritable: false))
        _ = table.remove(first)
        #expect(table.insert(file(isWritable: false)) != first)
    }
}
