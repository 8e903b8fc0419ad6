import Testing

@testable import Fuse

@Suite("WatchedNames")
struct WatchedNamesTests {
    /// `#expect` takes no mutating calls.
    private final class Names {
        private var names: WatchedNames
        init(capacity: Int) { names = WatchedNames(capacity: capacity) }
        var count: Int { names.count }
        func list(_ directory: Inode) { names.list(directory) }
        func forget(_ inode: Inode) { names.forget(inode) }
        func append(_ notification: Fuse.Notification) -> Bool { names.append(notification) }
        func removeFirst() -> WatchedNames.Name? { names.removeFirst() }
        func removeAll() { names.removeAll() }
        func drain() -> [String] {
            var result: [String] = []
            while let next = names.removeFirst() { result.append(String(decoding: next.name, as: UTF8.self)) }
            return result
        }
    }

    private func come(_ name: String, in parent: Inode = 5) -> Fuse.Notification {
        .entry(parent: parent, name: Array(name.utf8))
    }

    private func go(_ name: String, in parent: Inode = 5) -> Fuse.Notification {
        .deleted(parent: parent, child: 9, name: Array(name.utf8))
    }

    @Test("takes names of directories that were listed and are not forgotten")
    func listed() {
        let names = Names(capacity: 10)
        #expect(!names.append(come("a")))
        names.list(5)
        #expect(names.append(come("b")))
        #expect(!names.append(come("c", in: 6)))
        names.forget(5)
        #expect(!names.append(come("d")))
        #expect(names.drain() == ["b"])
    }

    @Test("keeps the order, and each name once until it is told")
    func order() {
        let names = Names(capacity: 10)
        names.list(5)
        #expect(names.append(come("a")))
        #expect(names.append(go("b")))
        #expect(!names.append(go("a")))
        #expect(names.drain() == ["a", "b"])
        #expect(names.append(come("a")))
        #expect(names.drain() == ["a"])
    }

    @Test("knows what is said to be gone, and what it was")
    func gone() {
        let names = Names(capacity: 10)
        names.list(5)
        _ = names.append(go("a"))
        #expect(names.removeFirst() == WatchedNames.Name(parent: 5, name: Array("a".utf8), isGone: true, child: 9))
        _ = names.append(come("a"))
        #expect(names.removeFirst() == WatchedNames.Name(parent: 5, name: Array("a".utf8), isGone: false))
    }

    @Test("drops what is beyond the bound, and takes more when there is room")
    func bound() {
        let names = Names(capacity: 3)
        names.list(5)
        let taken = (0..<10_000).filter { names.append(come(String($0))) }
        #expect(taken == [0, 1, 2])
        #expect(names.count == 3)
        #expect(names.removeFirst()?.name == Array("0".utf8))
        #expect(names.append(come("x")))
        #expect(names.drain() == ["1", "2", "x"])
        #expect(names.count == 0)
        #expect(names.append(come("0")))
    }

    @Test("has nothing to say of attributes, content and names in general")
    func others() {
        let names = Names(capacity: 3)
        names.list(5)
        #expect(!names.append(.inode(5, offset: 0, length: 0)))
        #expect(!names.append(.everyEntry))
    }

    @Test("is empty when all is dropped")
    func removal() {
        let names = Names(capacity: 3)
        names.list(5)
        _ = names.append(come("a"))
        names.removeAll()
        #expect(names.removeFirst() == nil)
        #expect(names.append(come("a")))
    }
}
