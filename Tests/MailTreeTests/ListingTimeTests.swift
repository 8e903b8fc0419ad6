import MailModel
import Testing

@testable import MailTree

/// A directory's time is another one after each change of its listing.
@Suite struct ListingTimeTests {
    private func time(_ tree: MailTree, _ inode: InodeNumber) -> Int64 {
        guard case .directory(let directory)? = tree.node(inode) else { return -1 }
        return directory.listingChanged
    }

    private let inbox = InodeNumber(FolderID(rawValue: 1))

    @Test func movesWithFolders() {
        var tree = unloadedTree(folder(1, "INBOX"), folder(2, "Other"))
        // What moved it may be ahead of the clock.
        _ = tree.apply(FolderID(rawValue: 1), changed: [message(1, "a.eml")], removed: [], listingChanged: 50)
        var times = [time(tree, inbox)]
        for put in [folder(3, "INBOX/A"), folder(4, "INBOX/B"), folder(3, "INBOX/C"), folder(4, "Other/B")] {
            _ = tree.put(put, listingChanged: 20)
            times.append(time(tree, inbox))
        }
        _ = tree.remove(FolderID(rawValue: 3), at: 20)
        times.append(time(tree, inbox))
        #expect(times.first == 50)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
        // And messages behind them.
        _ = tree.apply(FolderID(rawValue: 1), changed: [message(2, "b.eml")], removed: [], listingChanged: 51)
        #expect(time(tree, inbox) > times.last ?? 0)
        // Nothing that a listing shows.
        let last = time(tree, inbox)
        _ = tree.apply(FolderID(rawValue: 1), changed: [message(2, "b.eml")], removed: [], listingChanged: 51)
        #expect(time(tree, inbox) == last)
    }

    @Test func staysWhereFoldersAreKnown() {
        var tree = MailTree(now: 5)
        _ = tree.put(folder(1, "INBOX"), listingChanged: 50, isKnown: true)
        _ = tree.put(folder(2, "INBOX/A"), listingChanged: 70, isKnown: true)
        #expect(time(tree, .root) == 5)
        #expect(time(tree, inbox) == 50)
        #expect(tree.listingTimes == [.root: 5, FolderID(rawValue: 1): 50, FolderID(rawValue: 2): 70])
    }
}
