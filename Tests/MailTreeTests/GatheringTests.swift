import IMAPValue
import MailModel
import Testing

@testable import MailTree

/// A first listing that somebody waits for is taken in as it comes.
@Suite("Gathering a listing")
struct GatheringTests {
    let inbox = folder(1, "INBOX")
    let archive = folder(2, "Archive")
    var a: InodeNumber { InodeNumber(inbox.id) }

    private func apply(
        _ tree: inout MailTree, _ changed: [MessageSummary], removed: [Int64] = [], isFirst: Bool = false
    ) -> [Invalidation] {
        tree.apply(
            inbox.id, changed: changed, removed: removed.map(MessageID.init(rawValue:)), listingChanged: 7,
            isFirst: isFirst)
    }

    @Test("has all that was told, as it was told last, and shows nothing before")
    func gather() {
        var tree = unloadedTree(inbox, archive)
        tree.expect(inbox.id)
        let first = apply(&tree, [message(1, "x.eml"), message(2, "y.eml")], isFirst: true)
        #expect(first.isEmpty)
        let second = apply(&tree, [message(3, "z.eml")])
        #expect(second.isEmpty)
        let third = apply(&tree, [message(2, "w.eml")], removed: [1])
        #expect(third.isEmpty)
        #expect(tree.listing(a) == .unloaded)
        #expect(tree.find(a, "w.eml") == nil)
        #expect(tree.node(InodeNumber(MessageID(rawValue: 3))) == nil)
        let isLoaded = tree.loadGathered(inbox.id)
        #expect(isLoaded)
        #expect(tree.listing(a) == .loaded)
        #expect(tree.find(a, "x.eml") == nil && tree.find(a, "y.eml") == nil)
        #expect(tree.find(a, "w.eml")?.inode == InodeNumber(MessageID(rawValue: 2)))
        #expect(tree.message(MessageID(rawValue: 3))?.home == inbox.id)
        // It is loaded once; from here on it changes as others do.
        let isLoadedAgain = tree.loadGathered(inbox.id)
        #expect(!isLoadedAgain)
        let later = apply(&tree, [message(4, "v.eml")])
        #expect(later.contains(.listing(a)))
    }

    @Test("what nobody waits for, or began before, has to be loaded")
    func notGathered() {
        var tree = unloadedTree(inbox, archive)
        _ = apply(&tree, [message(1, "x.eml")], isFirst: true)
        tree.expect(inbox.id)
        _ = apply(&tree, [message(2, "y.eml")])
        let isLate = tree.loadGathered(inbox.id)
        #expect(!isLate)
        tree.load(inbox.id, MessageTable([message(1, "x.eml"), message(2, "y.eml")]))
        tree.expect(inbox.id)
        _ = apply(&tree, [message(3, "z.eml")], isFirst: true)
        let isLoaded = tree.loadGathered(inbox.id)
        #expect(!isLoaded)
        #expect(tree.find(a, "x.eml") != nil && tree.find(a, "z.eml") != nil)
    }

    @Test("what was given up is not taken in; what begins anew is")
    func again() {
        var tree = unloadedTree(inbox, archive)
        tree.expect(inbox.id)
        _ = apply(&tree, [message(1, "x.eml")], isFirst: true)
        tree.giveUp(inbox.id)
        _ = apply(&tree, [message(2, "y.eml")])
        tree.expect(inbox.id)
        _ = apply(&tree, [message(3, "z.eml")])
        let isGivenUp = tree.loadGathered(inbox.id)
        #expect(!isGivenUp)
        tree.expect(inbox.id)
        _ = apply(&tree, [message(4, "v.eml")], isFirst: true)
        _ = apply(&tree, [message(5, "u.eml")], isFirst: true)
        let isBegunAnew = tree.loadGathered(inbox.id)
        #expect(isBegunAnew)
        #expect(tree.find(a, "v.eml") == nil && tree.find(a, "u.eml") != nil)
    }

    @Test("a message that went elsewhere meanwhile stays there")
    func moved() {
        var tree = unloadedTree(inbox, archive)
        tree.load(archive.id, MessageTable())
        tree.expect(inbox.id)
        _ = apply(&tree, [message(1, "x.eml"), message(2, "y.eml")], isFirst: true)
        _ = apply(&tree, [], removed: [1])
        _ = tree.apply(archive.id, changed: [message(1, "x.eml")], removed: [], listingChanged: 8)
        let isLoaded = tree.loadGathered(inbox.id)
        #expect(isLoaded)
        #expect(tree.message(MessageID(rawValue: 1))?.home == archive.id)
        #expect(tree.message(MessageID(rawValue: 2))?.home == inbox.id)
    }
}
