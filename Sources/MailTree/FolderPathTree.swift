/// All directories that the folders of an account need, those that only stand between others included.
struct FolderPathTree {
    static let root = 0

    private struct Key: Hashable {
        let parent: Int
        let raw: [UInt8]
    }

    private struct Node {
        let parent: Int
        /// What it would show if it were alone.
        let wanted: [UInt8]
        /// What it has shown before.
        var given: [UInt8]?
        /// The mailbox itself; nil as long as only its children were met.
        var rawName: [UInt8]?
        let isInbox: Bool
        var shown: [UInt8] = []
        var children: [Int] = []
    }

    private var nodes = [Node(parent: FolderPathTree.root, wanted: [], isInbox: false)]
    private var index: [Key: Int] = [:]
    private var mailboxes: [[UInt8]: Int] = [:]

    private static let inbox = Array("INBOX".utf8)
    /// In the root it is no folder's name.
    private static let views = Array(".views".utf8)

    /// The node of a mailbox, made with all directories above it.
    mutating func insert(_ rawName: [UInt8], _ components: [FolderName.Component], given: [[UInt8]]) -> Int {
        if let known = mailboxes[rawName] { return known }
        var parent = Self.root
        for (depth, component) in components.enumerated() {
            let isLast = depth == components.count - 1
            let before = given.count == components.count && Self.isFileName(given[depth]) ? given[depth] : nil
            let isInbox = parent == Self.root && Self.isInbox(component.raw)
            let key = Key(parent: parent, raw: isInbox ? Self.inbox : component.raw)
            if let known = index[key], !isLast || isInbox || nodes[known].rawName == nil {
                if nodes[known].given == nil { nodes[known].given = before }
                parent = known
            } else {
                let node = Node(
                    parent: parent, wanted: isInbox ? Self.inbox : component.shown, given: before, isInbox: isInbox)
                nodes.append(node)
                let new = nodes.count - 1
                nodes[parent].children.append(new)
                if index[key] == nil { index[key] = new }
                parent = new
            }
        }
        // The mailbox's own word counts more than what a folder below it remembers.
        if let last = given.last, given.count == components.count, Self.isFileName(last) { nodes[parent].given = last }
        nodes[parent].rawName = rawName
        mailboxes[rawName] = parent
        return parent
    }

    /// Gives every node its name: INBOX first, then names given before, then names that are free, then numbered ones.
    mutating func name() {
        for parent in nodes.indices {
            // What was given before the name was the mount's own is given again in another way.
            var taken: Set<[UInt8]> = parent == Self.root ? [Self.views] : []
            var nameless = nodes[parent].children
            if parent == Self.root, let inbox = nameless.firstIndex(where: { nodes[$0].isInbox }) {
                let node = nameless.remove(at: inbox)
                nodes[node].shown = Self.inbox
                taken.insert(Self.inbox)
            }
            for remembered in [true, false] {
                var left: [Int] = []
                for node in nameless {
                    if let name = remembered ? nodes[node].given : nodes[node].wanted, taken.insert(name).inserted {
                        nodes[node].shown = name
                    } else {
                        left.append(node)
                    }
                }
                nameless = left
            }
            var next: [[UInt8]: Int] = [:]
            for node in nameless {
                let wanted = nodes[node].wanted
                var number = next[wanted] ?? 2
                var name = Self.numbered(wanted, number)
                while !taken.insert(name).inserted {
                    number += 1
                    name = Self.numbered(wanted, number)
                }
                next[wanted] = number + 1
                nodes[node].shown = name
            }
        }
    }

    /// The names from below the root to the node.
    func path(of node: Int) -> [[UInt8]] {
        var path: [[UInt8]] = []
        var node = node
        while node != Self.root {
            path.append(nodes[node].shown)
            node = nodes[node].parent
        }
        return path.reversed()
    }

    private static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
        let mark = Array("~\(number)".utf8)
        let text = String(decoding: name, as: UTF8.self)
        return Array(text.nameCut(to: FolderComponent.limit - mark.count).utf8) + mark
    }

    /// ASCII letters in any case.
    private static func isInbox(_ raw: [UInt8]) -> Bool {
        raw.count == inbox.count && zip(raw, inbox).allSatisfy { $0 == $1 || $0 == $1 | 0x20 }
    }

    private static func isFileName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.count <= FolderComponent.limit && name != Array(".".utf8) && name != Array("..".utf8)
            && !name.contains(0) && !name.contains(UInt8(ascii: "/"))
    }
}
