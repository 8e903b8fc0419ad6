internal import MailTree
internal import Synchronization

/// What a call that is under way changes and the kernel, which made the call, changes in its caches by itself when the answer comes.
///
/// To tell it would at best cost a lookup. At worst the word arrives late, after a later call has given the name to something again:
/// a directory that is dropped then takes the working directories in it along.
final class OwnChanges: Sendable {
    struct Change {
        var names: [Name]
        /// Announced by others and not sent, for when the call fails.
        var held: [Invalidation] = []
    }

    struct Name: Hashable {
        var parent: InodeNumber
        var name: [UInt8]
    }

    private struct State {
        var next = 0
        var changes: [Int: Change] = [:]
    }

    private let state = Mutex(State())

    func begin(_ names: [Name]) -> Int {
        state.withLock { state in
            state.next += 1
            state.changes[state.next] = Change(names: names)
            return state.next
        }
    }

    /// - Returns: what was held back.
    func end(_ number: Int) -> [Invalidation] { state.withLock { $0.changes.removeValue(forKey: number)?.held ?? [] } }

    /// - Returns: what the kernel must be told.
    func filter(_ invalidations: [Invalidation]) -> [Invalidation] {
        state.withLock { state in
            guard !state.changes.isEmpty else { return invalidations }
            return invalidations.filter { invalidation in
                guard let number = state.changes.first(where: { $0.value.covers(invalidation) })?.key else {
                    return true
                }
                state.changes[number]?.held.append(invalidation)
                return false
            }
        }
    }
}

extension OwnChanges.Change {
    fileprivate func covers(_ invalidation: Invalidation) -> Bool {
        switch invalidation {
        case .entry(let parent, let name), .removed(let parent, _, let name):
            names.contains(OwnChanges.Name(parent: parent, name: name))
        case .listing(let inode), .attributes(let inode): names.contains { $0.parent == inode }
        case .content: false
        }
    }
}
