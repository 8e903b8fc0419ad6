internal import MailModel
internal import Synchronization

/// The messages whose bodies somebody has open: eviction leaves them alone.
final class BodiesInUse: Sendable {
    /// One who has a body open; ends with this object.
    final class Use: Sendable {
        private let id: MessageID
        private let all: BodiesInUse

        fileprivate init(_ id: MessageID, _ all: BodiesInUse) {
            self.id = id
            self.all = all
        }

        deinit { all.end(id) }
    }

    private let counts = Mutex<[MessageID: Int]>([:])

    func begin(_ id: MessageID) -> Use {
        counts.withLock { $0[id, default: 0] += 1 }
        return Use(id, self)
    }

    private func end(_ id: MessageID) {
        counts.withLock { counts in
            if let count = counts[id], count > 1 { counts[id] = count - 1 } else { counts[id] = nil }
        }
    }

    var ids: Set<MessageID> { counts.withLock { Set($0.keys) } }
}
