internal import Fuse
internal import Synchronization

/// Contents that were made: those of open files, and the latest others up to a bound, for readers of whom no opening is seen.
final class ViewContents: Sendable {
    private struct State {
        /// The content is nil until somebody reads: what the kernel has in its cache needs none.
        var open: [Handle: (inode: Inode, content: ViewContent?)] = [:]
        var next: Handle = 1
        /// The one used last is the last.
        var recent: [(inode: Inode, content: ViewContent)] = []
        var recentOctets = 0
    }

    private let state = Mutex(State())

    /// Octets of contents that nobody has open. One of any size is kept.
    static let limit = 16 << 20
    private static let countLimit = 256

    func open(_ inode: Inode, _ content: ViewContent?) -> Handle {
        state.withLock { state in
            let handle = state.next
            state.next += 1
            state.open[handle] = (inode, content)
            return handle
        }
    }

    func release(_ handle: Handle) {
        let gone = state.withLock { $0.open.removeValue(forKey: handle) }
        _ = gone
    }

    func content(_ inode: Inode, _ handle: Handle) -> ViewContent? {
        state.withLock { state in
            if let open = state.open[handle], open.inode == inode, let content = open.content { return content }
            guard let place = state.recent.lastIndex(where: { $0.inode == inode }) else { return nil }
            let found = state.recent[place]
            if place < state.recent.endIndex - 1 {
                state.recent.remove(at: place)
                state.recent.append(found)
            }
            return found.content
        }
    }

    /// - Parameter handle: of the open file for which it was made; any other number where there is none.
    func keep(_ inode: Inode, _ content: ViewContent, for handle: Handle = 0) {
        var dropped: [ViewContent] = []
        state.withLock { state in
            if let open = state.open[handle], open.inode == inode { state.open[handle] = (inode, content) }
            if let old = state.recent.lastIndex(where: { $0.inode == inode }) {
                state.recentOctets -= state.recent[old].content.octets.count
                dropped.append(state.recent.remove(at: old).content)
            }
            state.recent.append((inode, content))
            state.recentOctets += content.octets.count
            while state.recent.count > Self.countLimit || (state.recent.count > 1 && state.recentOctets > Self.limit) {
                let first = state.recent.removeFirst().content
                state.recentOctets -= first.octets.count
                dropped.append(first)
            }
        }
    }

    /// It may be another one now.
    func forget(_ inode: Inode) {
        let gone = state.withLock { state -> ViewContent? in
            guard let place = state.recent.lastIndex(where: { $0.inode == inode }) else { return nil }
            let content = state.recent.remove(at: place).content
            state.recentOctets -= content.octets.count
            return content
        }
        _ = gone
    }
}
