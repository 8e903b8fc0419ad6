import IMAPValue
import MailModel
import SeededNumbers
import Testing

@testable import MailTree

/// What changes made here, and their undoing, do to the tree.
@Suite("The view in the tree")
struct ViewTests {
    let inbox = folder(1, "INBOX")
    let archive = folder(2, "Archive")
    var a: InodeNumber { InodeNumber(inbox.id) }
    var b: InodeNumber { InodeNumber(archive.id) }

    private func inode(_ id: Int64) -> InodeNumber { InodeNumber(MessageID(rawValue: id)) }
    private func bytes(_ name: String) -> [UInt8] { Array(name.utf8) }

    private func tree(_ inInbox: [MessageSummary] = [], _ inArchive: [MessageSummary]? = []) -> MailTree {
        var tree = unloadedTree(inbox, archive)
        tree.load(inbox.id, MessageTable(inInbox))
        if let inArchive { tree.load(archive.id, MessageTable(inArchive)) }
        return tree
    }

    private func remove(_ tree: inout MailTree, _ id: Int64, from folder: Folder) -> [Invalidation] {
        tree.apply(folder.id, changed: [], removed: [MessageID(rawValue: id)], listingChanged: 7)
    }

    private func put(_ tree: inout MailTree, _ messages: MessageSummary..., in folder: Folder) -> [Invalidation] {
        tree.apply(folder.id, changed: messages, removed: [], listingChanged: 7)
    }

    @Test("a message that goes to another folder ends there, whichever batch comes first", arguments: [true, false])
    func move(leavesFirst: Bool) {
        var tree = tree([message(1, "x.eml")])
        if leavesFirst { _ = remove(&tree, 1, from: inbox) }
        _ = put(&tree, message(1, "y.eml"), in: archive)
        let left = leavesFirst ? [] : remove(&tree, 1, from: inbox)
        #expect(tree.find(a, "x.eml") == nil)
        #expect(tree.find(b, "y.eml")?.inode == inode(1))
        #expect(tree.message(MessageID(rawValue: 1))?.home == archive.id)
        #expect(tree.node(inode(1)) == tree.find(b, "y.eml"))
        // What lives on must not be told to be gone: the kernel would take its last link.
        if !leavesFirst {
            #expect(Set(left) == [.entry(parent: a, name: bytes("x.eml")), .listing(a)])
        }
    }

    @Test(
        "there and back again, batches in any order",
        arguments: [[0, 1, 2, 3], [1, 0, 2, 3], [0, 1, 3, 2], [1, 0, 3, 2]])
    func thereAndBack(order: [Int]) {
        var tree = tree([message(1, "x.eml")])
        for step in order {
            switch step {
            case 0: _ = remove(&tree, 1, from: inbox)
            case 1: _ = put(&tree, message(1, "x.eml"), in: archive)
            case 2: _ = remove(&tree, 1, from: archive)
            default: _ = put(&tree, message(1, "x.eml"), in: inbox)
            }
        }
        #expect(tree.find(a, "x.eml")?.inode == inode(1))
        #expect(tree.find(b, "x.eml") == nil)
        #expect(tree.message(MessageID(rawValue: 1))?.home == inbox.id)
    }

    @Test("a message that goes to a folder nobody has listed is nowhere until it is", arguments: [true, false])
    func moveToUnloaded(leavesFirst: Bool) {
        var tree = tree([message(1, "x.eml")], nil)
        if leavesFirst { _ = remove(&tree, 1, from: inbox) }
        _ = put(&tree, message(1, "x.eml"), in: archive)
        if !leavesFirst { _ = remove(&tree, 1, from: inbox) }
        #expect(tree.node(inode(1)) == nil)
        #expect(tree.find(a, "x.eml") == nil)
    }

    @Test("a renamed message keeps its inode; the kernel forgets the old name and looks at the new one")
    func rename() {
        var tree = tree([message(1, "x.eml")])
        let told = put(&tree, message(1, "z.eml"), in: inbox)
        #expect(tree.find(a, "x.eml") == nil)
        #expect(tree.find(a, "z.eml")?.inode == inode(1))
        #expect(
            Set(told) == [
                .entry(parent: a, name: bytes("x.eml")), .entry(parent: a, name: bytes("z.eml")),
                .attributes(inode(1)), .listing(a),
            ])
    }

    @Test("a name that another message takes is that one's, whenever the first is removed", arguments: [0, 1, 2])
    func replacement(order: Int) {
        var tree = tree([message(1, "x.eml"), message(2, "tmp.eml")])
        switch order {
        case 0:
            _ = tree.apply(
                inbox.id, changed: [message(2, "x.eml")], removed: [MessageID(rawValue: 1)], listingChanged: 8)
        case 1:
            _ = put(&tree, message(2, "x.eml"), in: inbox)
            #expect(tree.find(a, "x.eml")?.inode == inode(2))
            #expect(tree.names(a).map(\.0) == [".", "..", "x.eml"])
            // The kernel may hold the name as the new one's: it is not told that it is gone.
            #expect(remove(&tree, 1, from: inbox) == [])
        default:
            _ = remove(&tree, 1, from: inbox)
            _ = put(&tree, message(2, "x.eml"), in: inbox)
        }
        #expect(tree.find(a, "x.eml")?.inode == inode(2))
        #expect(tree.names(a).map(\.0) == [".", "..", "x.eml"])
        #expect(tree.find(a, "tmp.eml") == nil)
    }

    @Test("a new file under a name that is taken is announced, or the kernel would go on with the old one")
    func replacementByArrival() {
        var tree = tree([message(1, "x.eml")])
        let told = put(&tree, message(2, "x.eml"), in: inbox)
        #expect(Set(told) == [.entry(parent: a, name: bytes("x.eml")), .listing(a)])
        #expect(tree.find(a, "x.eml")?.inode == inode(2))
    }

    @Test("two messages trade names in one batch", arguments: [[1, 2], [2, 1]])
    func trade(order: [Int64]) {
        var tree = tree([message(1, "x.eml"), message(2, "y.eml")])
        let new = [Int64(1): "y.eml", 2: "x.eml"]
        _ = tree.apply(
            inbox.id, changed: order.map { message($0, new[$0] ?? "") }, removed: [], listingChanged: 8)
        #expect(tree.find(a, "x.eml")?.inode == inode(2))
        #expect(tree.find(a, "y.eml")?.inode == inode(1))
        #expect(tree.names(a).count == 4)
    }

    @Test("a replaced message shows again under the name it is given")
    func replacementUndone() {
        var tree = tree([message(1, "x.eml"), message(2, "t.eml")])
        _ = put(&tree, message(2, "x.eml"), in: inbox)
        _ = put(&tree, message(1, "x-2.eml"), in: inbox)
        #expect(tree.find(a, "x.eml")?.inode == inode(2))
        #expect(tree.find(a, "x-2.eml")?.inode == inode(1))
    }

    @Test("files of this mount are shown in the root and in folders without messages")
    func localFiles() {
        var plain = folder(3, "Plain")
        plain.attributes = .noSelect
        var tree = tree()
        _ = tree.put(plain, listingChanged: 7)
        for id in [FolderID.root, plain.id] {
            let place = InodeNumber(id)
            #expect(tree.listing(place) == .unloaded)
            #expect(!tree.holdsMessages(place))
            tree.load(id, MessageTable())
            var scratch = message(9, ".x.swp")
            scratch.uid = nil
            scratch.standing = .scratch
            let told = tree.apply(id, changed: [scratch], removed: [], listingChanged: 9)
            #expect(told.contains(.entry(parent: place, name: bytes(".x.swp"))))
            #expect(tree.find(place, ".x.swp")?.inode == inode(9))
            #expect(tree.names(place).map(\.0).last == ".x.swp")
            #expect(tree.message(MessageID(rawValue: 9))?.home == id)
            _ = tree.apply(id, changed: [], removed: [MessageID(rawValue: 9)], listingChanged: 10)
            #expect(tree.find(place, ".x.swp") == nil)
        }
    }

    @Test("a message without UID stays without")
    func noUID() {
        var upload = message(4, "new.eml")
        upload.uid = nil
        upload.standing = .pending
        let tree = tree([upload])
        #expect(tree.message(upload.id)?.summary == upload)
    }

    @Test("octets that change are dropped with the attributes; flags leave the pages alone")
    func content() {
        var tree = tree([message(1, "x.eml")])
        var longer = message(1, "x.eml")
        longer.size = 12
        #expect(put(&tree, longer, in: inbox) == [.content(inode(1))])
        longer.flags = Flags(system: .seen)
        #expect(put(&tree, longer, in: inbox) == [.attributes(inode(1))])
    }
}

@Suite("Folders in the tree")
struct FolderViewTests {
    private func inode(_ id: Int64) -> InodeNumber { InodeNumber(FolderID(rawValue: id)) }
    private func bytes(_ path: String) -> [[UInt8]] { path.split(separator: "/").map { Array($0.utf8) } }

    private func tree(_ folders: Folder...) -> MailTree {
        var tree = MailTree(now: 5)
        for folder in folders { _ = tree.put(folder, listingChanged: 7) }
        return tree
    }

    @Test("a folder takes what is below it along to another parent")
    func move() {
        var tree = tree(folder(1, "A"), folder(2, "A/B"), folder(3, "A/B/C"), folder(4, "D"))
        tree.load(FolderID(rawValue: 3), MessageTable([message(9, "x.eml")]))
        let told = tree.put(folder(2, "D/E"), listingChanged: 8)
        #expect(tree.directory(at: bytes("D/E/C")) == inode(3))
        #expect(tree.directory(at: bytes("A/B")) == nil)
        #expect(tree.find(inode(3), "x.eml") != nil)
        #expect(told.contains(.entry(parent: inode(1), name: Array("B".utf8))))
        #expect(told.contains(.entry(parent: inode(4), name: Array("E".utf8))))
        #expect(Set(told).isSuperset(of: [.listing(inode(1)), .listing(inode(4))]))
        // Alive elsewhere: never told to be gone.
        #expect(!told.contains(.removed(parent: inode(1), child: inode(2), name: Array("B".utf8))))
        #expect(tree.put(folder(3, "D/E/C"), listingChanged: 8) == [])
        #expect(tree.folder(inode(3))?.displayName == "D/E/C")
    }

    @Test("a folder takes the name of one that is removed before or after", arguments: [true, false])
    func replaced(removedFirst: Bool) {
        var tree = tree(folder(1, "A"), folder(2, "B"))
        if removedFirst { _ = tree.remove(FolderID(rawValue: 2), at: 8) }
        _ = tree.put(folder(1, "B"), listingChanged: 8)
        if !removedFirst { _ = tree.remove(FolderID(rawValue: 2), at: 8) }
        #expect(tree.find(.root, "B")?.inode == inode(1))
        #expect(tree.find(.root, "A") == nil)
        #expect(tree.names(.root).map(\.0) == [".", "..", "B"])
    }

    @Test("two folders trade names, with what is below them")
    func trade() {
        var tree = tree(folder(1, "A"), folder(2, "B"), folder(3, "A/C"))
        for folder in [folder(1, "B"), folder(2, "A"), folder(3, "B/C")] { _ = tree.put(folder, listingChanged: 8) }
        #expect(tree.find(.root, "A")?.inode == inode(2))
        #expect(tree.find(.root, "B")?.inode == inode(1))
        #expect(tree.directory(at: bytes("B/C")) == inode(3))
        #expect(tree.names(.root).count == 4)
    }

    @Test("never goes below itself")
    func cycle() {
        var tree = tree(folder(1, "A"), folder(2, "A/B"))
        #expect(tree.put(folder(1, "A/B/A"), listingChanged: 8) == [])
        #expect(tree.directory(at: bytes("A/B")) == inode(2))
    }

    @Test("a folder that went along with its parent is back once its place is there", arguments: [true, false])
    func leftBehind(isRenamedToo: Bool) {
        var tree = tree(folder(1, "A"), folder(2, "A/B"), folder(3, "A/B/C"))
        tree.load(FolderID(rawValue: 3), MessageTable([message(9, "x.eml")]))
        _ = tree.put([(folder(1, "T"), 8), (folder(2, "T/B"), 8)])
        #expect(tree.directory(at: bytes("T/B")) == inode(2))
        let name = isRenamedToo ? "D" : "C"
        if isRenamedToo { #expect(tree.put([(folder(3, "A/B/D"), 9)]) == []) }
        let told = tree.put([(folder(4, "A"), 10), (folder(5, "A/B"), 10)])
        #expect(tree.directory(at: bytes("A/B/\(name)")) == inode(3))
        #expect(tree.directory(at: bytes("T/B/C")) == nil)
        #expect(tree.find(inode(3), "x.eml") != nil)
        #expect(told.contains(.entry(parent: inode(2), name: Array("C".utf8))))
        #expect(told.contains(.entry(parent: inode(5), name: Array(name.utf8))))
        #expect(tree.names(inode(2)).map(\.0) == [".", ".."])
    }

    @Test("a folder whose parent is not there or goes has its place when one comes", arguments: [true, false])
    func parentless(isNew: Bool) {
        var tree = isNew ? tree() : tree(folder(1, "A"), folder(2, "A/B"))
        if isNew { #expect(tree.put([(folder(2, "A/B"), 8)]) == []) }
        if !isNew { _ = tree.remove(FolderID(rawValue: 1), at: 8) }
        #expect(tree.names(.root).map(\.0) == [".", ".."])
        #expect(tree.path(of: inode(2)) == nil)
        _ = tree.put([(folder(3, "A"), 9)])
        #expect(tree.directory(at: bytes("A/B")) == inode(2))
        #expect(tree.path(of: inode(2)) == bytes("A/B"))
    }

    @Test("a folder that begins to hold messages is to be listed")
    func selectable() {
        var plain = folder(1, "A")
        plain.attributes = .noSelect
        var tree = tree(plain)
        tree.load(plain.id, MessageTable())
        #expect(tree.put(folder(1, "A"), listingChanged: 8) == [.listing(inode(1))])
        #expect(tree.listing(inode(1)) == .unloaded)
    }

    @Test("a removed folder takes the messages that are still in it along, and no others")
    func removal() {
        var tree = tree(folder(1, "A"), folder(2, "B"))
        for id in [1, 2] as [Int64] { tree.load(FolderID(rawValue: id), MessageTable()) }
        _ = tree.apply(
            FolderID(rawValue: 1), changed: [message(8, "x.eml"), message(9, "y.eml")], removed: [], listingChanged: 8)
        _ = tree.apply(FolderID(rawValue: 2), changed: [message(9, "y.eml")], removed: [], listingChanged: 8)
        let told = tree.remove(FolderID(rawValue: 1), at: 9)
        #expect(told.contains(.removed(parent: .root, child: inode(1), name: Array("A".utf8))))
        #expect(tree.node(InodeNumber(MessageID(rawValue: 8))) == nil)
        #expect(tree.node(InodeNumber(MessageID(rawValue: 9))) == tree.find(inode(2), "y.eml"))
    }
}

@Suite("MessageTable")
struct MessageTableTests {
    @Test("removing one by one from the front stays linear: rows are not shifted each time")
    func removal() {
        var table = MessageTable()
        let count: Int64 = 100_000
        for id in 1...count { table.put(message(id, "m\(id).eml")) }
        for id in 1...count {
            table.remove([MessageID(rawValue: id)])
            if id % 9_973 == 0 {
                #expect(table.count == Int(count - id))
                var first: MessageID?
                table.forEachShown(after: MessageID(rawValue: 0)) { _, attributes in
                    first = attributes.id
                    return false
                }
                #expect(first == MessageID(rawValue: id + 1))
                #expect(table.summary(of: MessageID(rawValue: id)) == nil)
            }
        }
        #expect(table.count == 0)
    }

    @Test("names are found over all pieces of memory, also after most of them have gone")
    func pieces() {
        var table = MessageTable()
        let count: Int64 = 40_000
        func name(_ id: Int64) -> String { "\(String(repeating: "n", count: 40 + Int(id % 150)))-\(id).eml" }
        func find(_ id: Int64) -> Int64? {
            Array(name(id).utf8).withUnsafeBytes { table.find(name: $0)?.id.rawValue }
        }
        table.reserve(Int(count))
        for id in 1...count { table.put(message(id, name(id))) }
        #expect((1...count).allSatisfy { find($0) == $0 })
        for id in 1...count where id % 5 != 0 { table.remove([MessageID(rawValue: id)]) }
        #expect((1...count).allSatisfy { find($0) == ($0 % 5 == 0 ? $0 : nil) })
        for id in 1...count where id % 5 == 1 { table.put(message(id, name(id))) }
        #expect((1...count).allSatisfy { find($0) == ($0 % 5 < 2 ? $0 : nil) })
        #expect(table.summary(of: MessageID(rawValue: count))?.name == Array(name(count).utf8))
    }

    @Test("homes of messages are as a dictionary would have them")
    func homes() {
        var random = SeededNumbers(seed: 3)
        var homes = MessageHomes()
        var expected: [MessageID: FolderID] = [:]
        for step in 0..<400 {
            let folder = FolderID(rawValue: Int64.random(in: 0...4, using: &random))
            let first = Int64.random(in: 1...400, using: &random)
            switch step % 4 {
            case 0:
                let length = Int64.random(in: 0...120, using: &random)
                // With gaps here and there.
                let ids = (first...(first + length)).filter { _ in Int.random(in: 0..<50, using: &random) != 0 }
                    .map(MessageID.init(rawValue:))
                homes.put(ids, in: folder)
                for id in ids { expected[id] = folder }
            case 1 where step % 20 == 1:
                let ids = expected.filter { $0.value == folder }.map(\.key).sorted()
                homes.remove(folder, ids)
                for id in ids { expected[id] = nil }
            case 1, 2:
                homes[MessageID(rawValue: first)] = folder
                expected[MessageID(rawValue: first)] = folder
            default:
                homes[MessageID(rawValue: first)] = nil
                expected[MessageID(rawValue: first)] = nil
            }
            for id in (1...530 as ClosedRange<Int64>).map(MessageID.init(rawValue:)) where homes[id] != expected[id] {
                Issue.record("step \(step): \(id.rawValue)")
                return
            }
        }
    }

    @Test("a message that comes back is there once")
    func comeBack() {
        var table = MessageTable()
        for id in 1...10 as ClosedRange<Int64> { table.put(message(id, "m\(id).eml")) }
        table.remove([MessageID(rawValue: 4)])
        table.remove([MessageID(rawValue: 4)])
        #expect(table.count == 9)
        table.put(message(4, "m4.eml"))
        #expect(table.count == 10)
        #expect(table.isShown(MessageID(rawValue: 4)))
        #expect(Array(table.ids).count == 10)
    }
}

extension MessageTable {
    init(_ messages: [MessageSummary]) {
        self.init()
        for message in messages { put(message) }
    }
}
