import IMAPValue
import MailModel
import Testing

@testable import MailTree

/// Two messages of one name: the later one has it, and the other gets it back when that one has it no more.
@Suite struct TakenNameTests {
    private func message(_ id: Int64, _ name: String, isDeleted: Bool = false) -> MessageSummary {
        MessageSummary(
            id: MessageID(rawValue: id), uid: UID(UInt32(id)), name: Array(name.utf8), size: 10, sizeIsProven: true,
            internalDate: 1, flags: isDeleted ? Flags(system: .deleted) : Flags(), flagsChanged: 0, isCached: false)
    }

    private func table(_ messages: [MessageSummary]) -> MessageTable {
        var table = MessageTable()
        for message in messages { table.put(message) }
        return table
    }

    private func holder(of name: String, in table: MessageTable) -> Int64? {
        Array(name.utf8).withUnsafeBytes { table.find(name: $0)?.id.rawValue }
    }

    private func shown(_ table: MessageTable) -> [Int64] {
        var ids: [Int64] = []
        table.forEachShown(after: MessageID(rawValue: 0)) { _, attributes in
            ids.append(attributes.id.rawValue)
            return true
        }
        return ids
    }

    private enum End: CaseIterable { case removed, renamed, deleted, renamedAndDeleted }

    private func end(_ end: End, of id: Int64, in table: inout MessageTable) {
        switch end {
        case .removed: table.remove([MessageID(rawValue: id)])
        case .renamed: table.put(message(id, "b.eml"))
        case .deleted: table.put(message(id, "a.eml", isDeleted: true))
        case .renamedAndDeleted: table.put(message(id, "b.eml", isDeleted: true))
        }
    }

    @Test func itComesBack() {
        for end in End.allCases {
            var table = table([message(1, "a.eml"), message(2, "a.eml")])
            #expect(shown(table) == [2])
            self.end(end, of: 2, in: &table)
            #expect(holder(of: "a.eml", in: table) == 1, "\(end)")
            #expect(shown(table) == (end == .renamed ? [1, 2] : [1]), "\(end)")
            #expect(table.takeRestored() == [MessageID(rawValue: 1)])
            #expect(table.takeRestored() == [])
        }
    }

    @Test func theNewestIsFirst() {
        var table = table([message(1, "a.eml"), message(3, "a.eml"), message(2, "a.eml")])
        #expect(holder(of: "a.eml", in: table) == 2)
        table.remove([MessageID(rawValue: 2)])
        #expect(holder(of: "a.eml", in: table) == 3)
        table.remove([MessageID(rawValue: 3)])
        #expect(holder(of: "a.eml", in: table) == 1)
        #expect(shown(table) == [1])
    }

    /// What went, was deleted or has another name waits for nothing.
    @Test func whoWaitsNoMoreGetsNothing() {
        for end in End.allCases {
            var table = table([message(1, "a.eml"), message(2, "a.eml")])
            self.end(end, of: 1, in: &table)
            #expect(holder(of: "a.eml", in: table) == 2, "\(end)")
            table.remove([MessageID(rawValue: 2)])
            #expect(holder(of: "a.eml", in: table) == nil, "\(end)")
            #expect(shown(table) == (end == .renamed ? [1] : []), "\(end)")
        }
    }

    @Test func bothGoAtOnce() {
        var table = table([message(1, "a.eml"), message(2, "a.eml"), message(3, "c.eml")])
        table.remove([MessageID(rawValue: 2), MessageID(rawValue: 1)])
        #expect(shown(table) == [3])
        #expect(table.takeRestored() == [])
    }

    /// However many names are given and taken, while the index grows.
    @Test func ofMany() {
        var table = MessageTable()
        for id in 1...500 { table.put(message(Int64(id), "\(id).eml")) }
        for id in 501...1_000 { table.put(message(Int64(id), "\(id - 500).eml")) }
        #expect(shown(table) == Array(501...1_000))
        table.remove((501...1_000).map { MessageID(rawValue: $0) })
        #expect(shown(table) == Array(1...500))
        for id in 1...500 { #expect(holder(of: "\(id).eml", in: table) == Int64(id)) }
    }

    /// The kernel hears of it as of a new name.
    @Test func theKernelIsTold() {
        var tree = MailTree(now: 1)
        let folder = Folder(
            id: FolderID(rawValue: 7), rawName: Array("A".utf8), separator: nil, attributes: [], specialUse: nil,
            mailboxID: nil, path: [Array("A".utf8)], displayName: "A")
        _ = tree.put(folder, listingChanged: 1)
        tree.load(folder.id, MessageTable())
        _ = tree.apply(
            folder.id, changed: [message(1, "a.eml"), message(2, "a.eml")], removed: [], listingChanged: 2)
        let told = tree.apply(folder.id, changed: [], removed: [MessageID(rawValue: 2)], listingChanged: 3)
        let inode = InodeNumber(folder.id)
        #expect(told.contains(.entry(parent: inode, name: Array("a.eml".utf8))))
        #expect(told.contains(.listing(inode)))
    }
}
