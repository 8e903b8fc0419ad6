internal import GRDB
public import MailModel

extension MailStore {
    /// How long the body of a message that went away is kept, in seconds.
    private static let limboTime: Int64 = 7 * 86_400

    /// Takes bodies out of the cache until it is well within its limit: those of messages that went away first, then the least recently used,
    /// each with the text that is kept of it, and among them the parts that were fetched alone. A file that is open stays readable.
    ///
    /// - Parameters:
    ///   - keeping: Messages whose bodies stay, whatever the limit.
    ///   - published: Called after each transaction for each folder with messages that are no longer cached.
    /// - Returns: Octets that were given up.
    @discardableResult
    public func evict(keeping: Set<MessageID> = [], published: (AppliedBatch) -> Void = { _ in }) throws -> UInt64 {
        if usage.takeSweep() {
            try sweep()
            try endFolderLimbo()
        }
        try sweepTexts()
        try sweepParts()
        // A sixteenth below, so that not every further body calls for it again.
        let goal = cachedSize > limits.bodies ? limits.bodies - limits.bodies / 16 : limits.bodies
        var freed: UInt64 = 0
        try onWriter { db in try usage.flush(db, now: now()) }
        while true {
            var removed: [Int64] = []
            try inTransaction { db in
                let victims = try victims(db, keeping, goal: goal)
                let removal = try BodyRemoval(db)
                for victim in victims { try removal.remove(victim.id) }
                return (victims, try ListingUpdate.batches(db, folders(of: victims, db), flagTable))
            } then: { victims, changes in
                removed = victims.map(\.id)
                for victim in victims {
                    usage.setVerified(victim.id, false)
                    usage.subtract(victim.size)
                    bodies.remove(victim.id)
                    freed &+= victim.size
                }
                for change in changes { published(change) }
            }
            texts.remove(removed)
            let excess = cachedSize > goal ? cachedSize - goal : 0
            if removed.isEmpty {
                // Nothing else is left that may go.
                return freed &+ (excess > 0 ? parts.remove(usedBefore: .max, atMost: excess) : 0)
            }
        }
    }

    private struct Victim {
        var id: Int64
        var size: UInt64
        var isLimbo: Bool
    }

    /// At most 500, so that other transactions get their turn.
    private func victims(_ db: Database, _ keeping: Set<MessageID>, goal: UInt64) throws -> [Victim] {
        var victims: [Victim] = []
        var excess = cachedSize > goal ? cachedSize - goal : 0
        let oldest = now() &- MailStore.limboTime
        let limbo = try Query(
            db, "SELECT id, size, limbo FROM main.body WHERE limbo IS NOT NULL ORDER BY limbo, used")
        let used = try Query(db, "SELECT id, size, used FROM main.body WHERE limbo IS NULL ORDER BY used, size")
        defer {
            limbo.reset()
            used.reset()
        }
        while victims.count < 500, try limbo.step() {
            guard excess > 0 || limbo.int(2) < oldest else { break }
            let victim = Victim(id: limbo.int(0), size: UInt64(clamping: limbo.int(1)), isLimbo: true)
            victims.append(victim)
            excess = excess > victim.size ? excess - victim.size : 0
        }
        while victims.count < 500, excess > 0, try used.step() {
            let victim = Victim(id: used.int(0), size: UInt64(clamping: used.int(1)), isLimbo: false)
            if keeping.contains(MessageID(rawValue: victim.id)) { continue }
            // What has not been used as long goes before it.
            let freed = parts.remove(usedBefore: used.int(2), atMost: excess)
            excess -= min(excess, freed)
            guard excess > 0 else { break }
            victims.append(victim)
            excess = excess > victim.size ? excess - victim.size : 0
        }
        return victims
    }

    private func folders(of victims: [Victim], _ db: Database) throws -> [Int64: [Int64]] {
        var byFolder: [Int64: [Int64]] = [:]
        let query = try Query(db, "SELECT folder FROM state.message WHERE id = ?")
        for victim in victims where !victim.isLimbo {
            query.bind(1, victim.id)
            if let folder = try query.first({ $0.int(0) }) { byFolder[folder, default: []].append(victim.id) }
        }
        return byFolder
    }

    /// Removes files that have no row, which only an end without `close` leaves behind.
    private func sweep() throws {
        for bucket in 0..<256 {
            try onWriter { db in
                let query = try Query(db, "SELECT 1 FROM main.body WHERE id = ?")
                try bodies.sweep(bucket: bucket, before: bodies.started) { id in
                    query.bind(1, id)
                    return try query.exists()
                }
            }
        }
    }
}
