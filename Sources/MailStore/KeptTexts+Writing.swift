import Digest
internal import GRDB
import Synchronization

extension KeptTexts {
    /// Forgets the texts of these messages.
    func remove(_ ids: [Int64]) {
        state.withLock { state in
            for id in ids { state.waitingOctets -= state.waiting.removeValue(forKey: id)?.octets.count ?? 0 }
        }
        guard !ids.isEmpty, let queue = queue(form: nil) else { return }
        attempt(queue) {
            try queue.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    for sql in ["DELETE FROM text WHERE id = ?", "DELETE FROM content WHERE id = ?"] {
                        let query = try Query(db, sql)
                        for id in ids {
                            query.bind(1, id)
                            try query.run()
                        }
                    }
                    return .commit
                }
                // The disk gets back what they took.
                try Query(db, "PRAGMA incremental_vacuum").rows { _ in }
                try measure(db)
            }
        }
    }

    /// Forgets, once in a run, the texts of messages that `keeps` does not want.
    func sweep(keeping keeps: ([Int64]) throws -> Set<Int64>) rethrows {
        let isFirst = state.withLock { state in
            defer { state.isSwept = true }
            return !state.isSwept
        }
        guard isFirst, let queue = queue(form: nil) else { return }
        var last = Int64.min
        while true {
            var ids: [Int64] = []
            attempt(queue) {
                try queue.unsafeRead { db in
                    let query = try Query(db, "SELECT id FROM text WHERE id > ? ORDER BY id LIMIT 1000")
                    query.bind(1, last)
                    try query.rows { ids.append($0.int(0)) }
                }
            }
            guard let end = ids.last else { return }
            last = end
            let kept = try keeps(ids)
            remove(ids.filter { !kept.contains($0) })
        }
    }

    /// Returns when what was kept before is written, or given up.
    func waitUntilWritten() { state.withLock { $0.queue }?.writeWithoutTransaction { _ in } }

    /// Writes what waits. Texts are kept no more.
    func close() {
        let queue = state.withLock { state in
            state.isOver = true
            return state.queue
        }
        guard let queue else { return }
        queue.writeWithoutTransaction { db in
            writeWaiting(db, queue)
            _ = try? db.checkpoint(.truncate)
        }
        try? queue.close()
    }

    /// Runs on the queue, until nothing waits: what came meanwhile is one transaction.
    func writeWaiting(_ db: Database, _ queue: DatabaseQueue) {
        while true {
            let waiting = state.withLock { state -> [Int64: Waiting] in
                guard state.queue === queue, !state.waiting.isEmpty else {
                    if state.queue === queue { state.isWriting = false }
                    return [:]
                }
                defer { (state.waiting, state.waitingOctets) = ([:], 0) }
                return state.waiting
            }
            if waiting.isEmpty { return }
            guard hasRoom(waiting.values.reduce(0) { $0 &+ UInt64($1.octets.count) }) else { continue }
            attempt(queue) { try write(waiting, db) }
        }
    }

    private func write(_ texts: [Int64: Waiting], _ db: Database) throws {
        try db.inTransaction(.immediate) {
            let entry = try Query(
                db, "INSERT OR REPLACE INTO text (id, source, size, digest, seal) VALUES (?, ?, ?, ?, ?)")
            let content = try Query(db, "INSERT OR REPLACE INTO content (id, octets) VALUES (?, ?)")
            for (id, text) in texts.sorted(by: { $0.key < $1.key }) {
                let (size, digest) = (Int64(text.octets.count), SHA256.hash(text.octets))
                entry.bind(1, id)
                entry.bind(2, text.source)
                entry.bind(3, size)
                entry.bind(4, digest)
                entry.bind(5, Self.seal(id, text.source, size, digest))
                try entry.run()
                content.bind(1, id)
                try text.octets.withUnsafeBytes { bytes in
                    content.lend(2, bytes)
                    try content.run()
                }
            }
            return .commit
        }
        try measure(db)
    }

    private func measure(_ db: Database) throws {
        let pages = try Query(db, "PRAGMA page_count").first { $0.int(0) } ?? 0
        let page = try Query(db, "PRAGMA page_size").first { $0.int(0) } ?? 0
        size.store(UInt64(clamping: pages.multipliedReportingOverflow(by: page).partialValue), ordering: .relaxed)
    }
}
