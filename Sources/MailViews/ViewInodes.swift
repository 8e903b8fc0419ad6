internal import Fuse
internal import Synchronization

/// The nodes that the kernel knows, by inode number.
///
/// A number is made of the parent's and the position there, or the name, so that it is the same after the kernel has forgotten it, and in the
/// next mount. What is remembered is bounded by what the kernel holds: `forget` ends it.
final class ViewInodes: Sendable {
    struct Row: Sendable {
        var node: ViewNode
        let parent: Inode
        let name: [UInt8]
        var lookups: UInt64 = 0
        /// Seconds for which the kernel may believe the name.
        var validity: Double
        /// The length of the content, once it was made.
        var exactSize: UInt64?
        /// The length that the kernel was told last.
        var toldSize: UInt64 = 0
    }

    private struct Place: Hashable {
        let parent: Inode
        let name: [UInt8]
    }

    private struct State {
        var rows: [Inode: Row] = [:]
        var places: [Place: Inode] = [:]
    }

    /// Set in each number of a view, and in no other of the mount.
    static let mark: Inode = 1 << 62
    /// `.views`.
    static let root: Inode = mark | 1

    private let state: Mutex<State>

    init(root: any ViewDirectory, name: [UInt8]) {
        state = Mutex(
            State(
                rows: [
                    Self.root: Row(
                        node: .directory(root), parent: 1, name: name, lookups: 1, validity: 86_400)
                ], places: [:]))
    }

    subscript(inode: Inode) -> Row? { state.withLock { $0.rows[inode] } }

    /// What the kernel knows by a name.
    func node(_ name: [UInt8], in parent: Inode) -> ViewNode? {
        state.withLock { state in
            state.places[Place(parent: parent, name: name)].flatMap { state.rows[$0]?.node }
        }
    }

    /// A name was found: it counts as one lookup. What is of another kind, or has another content, has another inode: the kernel may still
    /// have pages of the one before.
    func enter(_ node: ViewNode, _ name: [UInt8], in parent: Inode, validity: Double) -> Inode {
        let place = Place(parent: parent, name: name)
        return state.withLock { state in
            if let known = state.places[place], var row = state.rows[known], row.node.kind == node.kind,
                row.node.version == node.version
            {
                row.node = node
                row.lookups += 1
                row.validity = validity
                state.rows[known] = row
                return known
            }
            var number = Self.number(of: place, position: node.position)
            while state.rows[number] != nil { number = Self.next(number) }
            state.rows[number] = Row(node: node, parent: parent, name: name, lookups: 1, validity: validity)
            state.places[place] = number
            return number
        }
    }

    /// The number that a listing shows of a name.
    func number(of name: [UInt8], at position: UInt64?, in parent: Inode) -> Inode {
        let place = Place(parent: parent, name: name)
        return state.withLock { $0.places[place] } ?? Self.number(of: place, position: position)
    }

    /// - Returns: whether the kernel knows it no more.
    func forget(_ inode: Inode, _ count: UInt64) -> Bool {
        guard inode != Self.root else { return false }
        // The node goes outside the lock.
        let gone = state.withLock { state -> Row? in
            guard var row = state.rows[inode] else { return nil }
            row.lookups -= min(count, row.lookups)
            if row.lookups > 0 {
                state.rows[inode] = row
                return nil
            }
            let place = Place(parent: row.parent, name: row.name)
            if state.places[place] == inode { state.places[place] = nil }
            return state.rows.removeValue(forKey: inode)
        }
        return gone != nil
    }

    /// - Returns: the size that the kernel goes by; nil where it does not know the inode.
    func made(_ inode: Inode, size: UInt64) -> UInt64? {
        state.withLock { state in
            state.rows[inode]?.exactSize = size
            return state.rows[inode]?.toldSize
        }
    }

    func told(_ inode: Inode, size: UInt64) { state.withLock { $0.rows[inode]?.toldSize = size } }

    /// The components that lead to a node from the root of the mount.
    func path(of inode: Inode) -> [[UInt8]]? {
        state.withLock { state in
            var components: [[UInt8]] = []
            var place = inode
            while place != 1 {
                guard let row = state.rows[place] else { return nil }
                components.append(row.name)
                place = row.parent
            }
            return components.reversed()
        }
    }

    /// Bits for what stands in one directory.
    private static let positionBits: UInt64 = 38

    /// A hash of the parent's number, and behind it the position, or a hash of the name.
    private static func number(of place: Place, position: UInt64?) -> Inode {
        let parent = hash((0..<8).lazy.map { UInt8(truncatingIfNeeded: place.parent >> UInt64($0 * 8)) })
        let own = position ?? hash(place.name)
        let number = parent << positionBits | own & (1 << positionBits - 1)
        return next(number & (mark - 1) | mark)
    }

    /// FNV-1a, its halves folded into each other.
    static func hash(_ octets: some Sequence<UInt8>) -> UInt64 {
        let full = octets.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return full ^ full >> 32
    }

    /// 0 and 1 are the root's.
    private static func next(_ number: Inode) -> Inode {
        let next = (number + 1) & (mark - 1)
        return (next < 2 ? 2 : next) | mark
    }
}
