internal import GRDB
import Digest
public import MailModel
import Synchronization

extension MailStore {
    /// Octets of the disk that are left free: below, no body is kept.
    public var reserve: UInt64 { limits.reserve }

    /// Octets of all cached bodies, those of messages that went away too, and of the texts and parts that are kept.
    public var cachedSize: UInt64 { usage.total &+ texts.octets &+ parts.octets }

    /// Opens the body of a message. The first time in a run its checksum is compared: a file that is torn, swapped or missing leaves the
    /// cache.
    ///
    /// - Returns: nil where it is to be fetched.
    public func openBody(_ id: MessageID) throws -> BodyFile? {
        let raw = id.rawValue
        if usage.isVerified(raw) {
            if let file = try MailStoreError.naming({ try bodies.open(raw) }) {
                use(raw)
                return file
            }
            // Where that cannot be written down it is found out again.
            try? dropBody(raw, sha256: nil)
            return nil
        }
        let row = try onReader { db in
            let query = try Query(db, "SELECT size, sha256 FROM main.body WHERE id = ? AND limbo IS NULL")
            query.bind(1, raw)
            return try query.first { (size: UInt64(clamping: $0.int(0)), sha256: $0.bytes(1)) }
        }
        guard let row else { return nil }
        if let file = try MailStoreError.naming({ try bodies.open(raw) }), file.size == row.size,
            file.sha256() == row.sha256
        {
            usage.setVerified(raw, true)
            use(raw)
            return file
        }
        try? dropBody(raw, sha256: row.sha256)
        return nil
    }

    /// Opens the body of a message that went away, for whoever has it open still; nil where it is not kept any more.
    public func openKeptBody(_ id: MessageID) throws -> BodyFile? {
        let row = try onReader { db in
            let query = try Query(db, "SELECT size, sha256 FROM main.body WHERE id = ?")
            query.bind(1, id.rawValue)
            return try query.first { (size: UInt64(clamping: $0.int(0)), sha256: $0.bytes(1)) }
        }
        guard let row, let file = try MailStoreError.naming({ try bodies.open(id.rawValue) }), file.size == row.size,
            file.sha256() == row.sha256
        else {
            return nil
        }
        return file
    }

    /// A place for a body that comes in pieces.
    ///
    /// - Throws: `noSpace` when the disk's reserve is reached: stream instead.
    public func beginBody() throws -> BodyWriter {
        try MailStoreError.naming {
            try bodies.checkSpace(for: 0)
            return try BodyWriter(bodies)
        }
    }

    /// Stores bodies that arrived whole, all in one transaction; `published` is called for each folder that has any of them. A body
    /// whose message is gone is passed over.
    ///
    /// - Throws: `noSpace` when the disk's reserve is reached; then none is stored.
    public func adoptBodies(_ finished: [FinishedBody], published: (AppliedBatch) -> Void) throws {
        let incoming = try incomingBodies(finished)
        var placed: [Int64] = []
        do {
            try adopt(incoming, placed: &placed, published)
        } catch {
            for id in placed { bodies.remove(id) }
            throw error
        }
    }

    /// - Parameter placed: has those that got a file, also where an error is thrown, which leaves them without a row.
    private func adopt(
        _ incoming: [IncomingBody], placed: inout [Int64], _ published: (AppliedBatch) -> Void
    ) throws {
        try inTransaction { db in
            var adoption = try BodyAdoption(db, now: now())
            for body in incoming {
                guard try adoption.adopt(body.id, size: body.size, sha256: body.sha256) else { continue }
                usage.setVerified(body.id, false)
                switch body.content {
                case .file(let writer):
                    try bodies.place(writer.path, body.id)
                    writer.wasPlaced()
                case .bytes(let bytes):
                    try bodies.write(bytes, body.id)
                }
                placed.append(body.id)
            }
            return (try adoption.changes(flagTable), adoption, try note(adoption.claims, db))
        } then: { changes, adoption, known in
            claims.withLock { $0 = known }
            for id in adoption.adopted { usage.setVerified(id, true) }
            usage.add(adoption.added)
            usage.subtract(adoption.replaced)
            for change in changes { published(change) }
        }
    }

    private func incomingBodies(_ finished: [FinishedBody]) throws -> [IncomingBody] {
        var octets: UInt64 = 0
        let incoming = try finished.map { body in
            switch body.content {
            case .file(let writer):
                let (size, sha256) = try writer.finish()
                return IncomingBody(id: body.id.rawValue, content: body.content, size: size, sha256: sha256)
            case .bytes(let bytes):
                octets += UInt64(bytes.count)
                return IncomingBody(
                    id: body.id.rawValue, content: body.content, size: UInt64(bytes.count), sha256: SHA256.hash(bytes))
            }
        }
        if octets > 0 { try MailStoreError.naming { try bodies.checkSpace(for: octets) } }
        return incoming
    }

    /// Notes a use; now and then they are written down, without waiting for it.
    func use(_ id: Int64) {
        guard usage.touch(id) else { return }
        pool.asyncWriteWithoutTransaction { [usage, now] db in try? usage.flush(db, now: now()) }
    }

    /// Takes a body whose file is not what the row says out of the cache.
    ///
    /// - Parameter sha256: What the row said when the file was looked at; nil where there was no file.
    private func dropBody(_ id: Int64, sha256: [UInt8]?) throws {
        try inTransaction { db -> UInt64? in
            // Meanwhile it may have been fetched again.
            if sha256 == nil, try bodies.open(id) != nil { return nil }
            let find = try Query(db, "SELECT size FROM main.body WHERE id = ?1 AND (?2 IS NULL OR sha256 = ?2)")
            find.bind(1, id)
            find.bind(2, sha256)
            guard let size = try find.first({ UInt64(clamping: $0.int(0)) }) else { return nil }
            try BodyRemoval(db).remove(id)
            return size
        } then: { size in
            guard let size else { return }
            usage.setVerified(id, false)
            usage.subtract(size)
            bodies.remove(id)
        }
    }
}

/// A whole body with its digest.
private struct IncomingBody {
    let id: Int64
    let content: FinishedBody.Content
    let size: UInt64
    let sha256: [UInt8]
}
