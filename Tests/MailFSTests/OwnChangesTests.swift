import MailModel
import MailTree
import Testing

@testable import MailFS

@Suite("Own changes")
struct OwnChangesTests {
    let here = InodeNumber(FolderID(rawValue: 1))
    let there = InodeNumber(FolderID(rawValue: 2))
    let child = InodeNumber(MessageID(rawValue: 1))

    private func name(_ parent: InodeNumber, _ name: String) -> OwnChanges.Name {
        OwnChanges.Name(parent: parent, name: Array(name.utf8))
    }

    @Test("the kernel is not told what it does itself, and of everything else")
    func filter() {
        let changes = OwnChanges()
        let own: [Invalidation] = [
            .removed(parent: here, child: child, name: Array("x".utf8)), .listing(here), .attributes(here),
        ]
        let others: [Invalidation] = [
            .entry(parent: here, name: Array("y".utf8)), .entry(parent: there, name: Array("x".utf8)), .listing(there),
            .attributes(child), .content(child),
        ]
        #expect(changes.filter(own + others) == own + others)
        let number = changes.begin([name(here, "x")])
        #expect(changes.filter(own + others) == others)
        #expect(changes.end(number) == own)
        #expect(changes.filter(own) == own)
    }

    @Test("calls at the same time hold back their own")
    func several() {
        let changes = OwnChanges()
        let first = changes.begin([name(here, "x")])
        let second = changes.begin([name(there, "x")])
        let removal = Invalidation.entry(parent: there, name: Array("x".utf8))
        #expect(changes.filter([removal]) == [])
        #expect(changes.end(first) == [])
        #expect(changes.filter([removal]) == [])
        #expect(changes.end(second) == [removal, removal])
        #expect(changes.filter([removal]) == [removal])
    }
}
