import IMAPValue
import MailModel
import Testing

@testable import MailTree

func folder(_ id: Int64, _ path: String) -> Folder {
    Folder(
        id: FolderID(rawValue: id), rawName: Array(path.utf8), separator: 0x2F, attributes: [], specialUse: nil,
        mailboxID: nil, path: path.split(separator: "/").map { Array($0.utf8) }, displayName: path)
}

/// A tree of these folders, none of them loaded.
func unloadedTree(_ folders: Folder...) -> MailTree {
    var tree = MailTree(now: 5)
    for folder in folders { _ = tree.put(folder, listingChanged: 7) }
    return tree
}

func message(
    _ id: Int64, _ name: String, flags: Flags = Flags(), isProven: Bool = true
) -> MessageSummary {
    MessageSummary(
        id: MessageID(rawValue: id), uid: UID(UInt32(id)) ?? .min, name: Array(name.utf8), size: 10,
        sizeIsProven: isProven, internalDate: 1_000, flags: flags, flagsChanged: 0, isCached: false)
}

extension MailTree {
    func names(_ inode: InodeNumber, after cookie: UInt64 = 0, limit: Int = .max) -> [(String, UInt64)] {
        var result: [(String, UInt64)] = []
        entries(of: inode, after: cookie) { name, _, cookie in
            guard result.count < limit else { return false }
            result.append((String(decoding: name, as: UTF8.self), cookie))
            return true
        }
        return result
    }

    func find(_ parent: InodeNumber, _ name: String) -> Node? {
        var name = name
        return name.withUTF8 { lookup(parent, UnsafeRawBufferPointer($0)) }
    }
}

@Suite("MailTree")
struct MailTreeTests {
    let inbox = folder(1, "INBOX")
    let nested = folder(2, "INBOX/Projects")
    var inode: InodeNumber { InodeNumber(inbox.id) }

    private func tree(messages: [MessageSummary]) -> MailTree {
        var tree = MailTree(now: 5)
        _ = tree.put(inbox, listingChanged: 7)
        _ = tree.put(nested, listingChanged: 7)
        tree.load(inbox.id, MessageTable(messages))
        return tree
    }

    @Test("lists dots, folders, then messages, and resumes at any cookie")
    func listing() {
        let tree = tree(messages: (1...50).map { message($0, "m\($0).eml") })
        let all = tree.names(inode)
        #expect(all.map(\.0) == [".", "..", "Projects"] + (1...50).map { "m\($0).eml" })
        for (place, entry) in all.enumerated() {
            #expect(tree.names(inode, after: entry.1).map(\.0) == all.dropFirst(place + 1).map(\.0))
        }
        #expect(tree.names(.root).map(\.0) == [".", "..", "INBOX"])
    }

    @Test("hazard 101: removing while listing neither skips nor repeats a name")
    func removalWhileListing() {
        var tree = tree(messages: (1...1000).map { message($0, "m\($0).eml") })
        var seen: [String] = []
        var cookie: UInt64 = 0
        while true {
            let part = tree.names(inode, after: cookie, limit: 7)
            guard let last = part.last else { break }
            cookie = last.1
            for (name, _) in part where name.hasPrefix("m") {
                seen.append(name)
                if let node = tree.find(inode, name), let id = node.inode.message {
                    _ = tree.apply(inbox.id, changed: [], removed: [id], listingChanged: 9)
                }
            }
        }
        #expect(seen.count == 1000)
        #expect(Set(seen).count == 1000)
        #expect(tree.names(inode).map(\.0) == [".", "..", "Projects"])
    }

    @Test("finds by name after insertions, renames and removals in any order")
    func lookups() {
        var tree = tree(messages: [])
        var expected: [Int64: String] = [:]
        for step in 0..<5_000 as Range<Int64> {
            let id = (step * 7919) % 1_500 + 1
            if step % 3 == 2 {
                _ = tree.apply(inbox.id, changed: [], removed: [MessageID(rawValue: id)], listingChanged: step)
                expected[id] = nil
            } else {
                let name = "n\(id)-\(step % 11).eml"
                _ = tree.apply(inbox.id, changed: [message(id, name)], removed: [], listingChanged: step)
                expected[id] = name
            }
        }
        for (id, name) in expected {
            #expect(tree.find(inode, name)?.inode == InodeNumber(MessageID(rawValue: id)))
        }
        #expect(Set(tree.names(inode).map(\.0)) == Set(expected.values).union([".", "..", "Projects"]))
        #expect(tree.find(inode, "absent.eml") == nil)
    }

    @Test("a message marked deleted leaves the listing and comes back under its name")
    func deletedFlag() {
        var tree = tree(messages: [message(1, "a.eml")])
        let gone = tree.apply(
            inbox.id, changed: [message(1, "a.eml", flags: Flags(system: .deleted))], removed: [], listingChanged: 9)
        #expect(tree.find(inode, "a.eml") == nil)
        let child = InodeNumber(MessageID(rawValue: 1))
        #expect(gone.contains(.removed(parent: inode, child: child, name: Array("a.eml".utf8))))
        #expect(gone.contains(.listing(inode)))
        _ = tree.apply(inbox.id, changed: [message(1, "a.eml")], removed: [], listingChanged: 10)
        #expect(tree.find(inode, "a.eml")?.inode == child)
    }

    @Test("tells the kernel just what changed")
    func invalidations() {
        var tree = tree(messages: [message(1, "a.eml")])
        let child = InodeNumber(MessageID(rawValue: 1))
        let flags = tree.apply(
            inbox.id, changed: [message(1, "a.eml", flags: Flags(system: .seen))], removed: [], listingChanged: 7)
        #expect(flags == [.attributes(child)])
        let arrival = tree.apply(inbox.id, changed: [message(2, "b.eml")], removed: [], listingChanged: 8)
        #expect(
            Set(arrival) == [
                .attributes(inode), .entry(parent: inode, name: Array("b.eml".utf8)), .listing(inode),
            ])
        let removal = tree.remove(nested.id, at: 9)
        #expect(
            removal.contains(
                .removed(parent: inode, child: InodeNumber(nested.id), name: Array("Projects".utf8))))
        #expect(tree.find(inode, "Projects") == nil)
    }

    @Test("a renamed folder keeps its inode and its messages")
    func folderRename() {
        var tree = tree(messages: [message(1, "a.eml")])
        let renamed = Folder(
            id: inbox.id, rawName: Array("Old".utf8), separator: 0x2F, attributes: [], specialUse: nil, mailboxID: nil,
            path: [Array("Old".utf8)], displayName: "Old")
        _ = tree.put(renamed, listingChanged: 9)
        #expect(tree.find(.root, "INBOX") == nil)
        #expect(tree.find(.root, "Old")?.inode == inode)
        #expect(tree.find(inode, "a.eml") != nil)
        #expect(tree.directory(at: ["Old", "Projects"].map { Array($0.utf8) }) == InodeNumber(nested.id))
    }

    @Test("nothing of a folder that is not loaded is shown, but its time moves")
    func unloaded() {
        var tree = MailTree(now: 5)
        _ = tree.put(inbox, listingChanged: 7)
        #expect(tree.listing(inode) == .unloaded)
        #expect(tree.listing(.root) == .unloaded)
        let result = tree.apply(inbox.id, changed: [message(1, "a.eml")], removed: [], listingChanged: 9)
        #expect(result == [.attributes(inode)])
        #expect(tree.find(inode, "a.eml") == nil)
    }

    @Test("tells the path of what has a name, at each depth")
    func paths() {
        var tree = tree(messages: [message(1, "a.eml"), message(2, "b.eml", flags: Flags(system: .deleted))])
        func path(_ inode: InodeNumber) -> String? {
            tree.path(of: inode).map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/") }
        }
        #expect(path(.root)?.isEmpty == true)
        #expect(path(InodeNumber(nested.id)) == "INBOX/Projects")
        #expect(path(InodeNumber(MessageID(rawValue: 1))) == "INBOX/a.eml")
        #expect(path(InodeNumber(MessageID(rawValue: 2))) == nil)
        #expect(path(InodeNumber(MessageID(rawValue: 3))) == nil)
        _ = tree.put(folder(2, "Elsewhere"), listingChanged: 8)
        #expect(path(InodeNumber(nested.id)) == "Elsewhere")
        _ = tree.remove(nested.id, at: 9)
        #expect(path(InodeNumber(nested.id)) == nil)
    }

    @Test("of a claimed size that the kernel keeps, only another size or time is announced")
    func keptClaims() {
        let child = InodeNumber(MessageID(rawValue: 1))
        func announced(_ change: (inout MessageSummary) -> Void) -> [Invalidation] {
            var tree = tree(messages: [message(1, "a.eml", isProven: false)])
            var changed = message(1, "a.eml", isProven: false)
            change(&changed)
            return tree.apply(inbox.id, changed: [changed], removed: [], listingChanged: 7)
        }
        let arrives = { (message: inout MessageSummary) in (message.sizeIsProven, message.isCached) = (true, true) }
        let grows = { (message: inout MessageSummary) in (message.sizeIsProven, message.size) = (true, 11) }
        let isFlagged = { (message: inout MessageSummary) in message.flagsChanged = 2_000 }
        #expect(announced(arrives) == [])
        #expect(announced(grows) == [.content(child)])
        #expect(announced(isFlagged) == [.attributes(child)])
    }
}
