internal import GRDB
import IMAPValue
import MailModel

extension FolderChange {
    /// Stores messages in UID order. Each has, in this order of preference, the id of its UID, the id of the candidate of an earlier
    /// epoch that it equals, that of a message which was brought here and is expected, or a new one.
    mutating func arrive(_ messages: [MessageMetadata], except vanished: UIDSet) throws {
        guard !messages.isEmpty else { return }
        let byKey = try Query(
            db, "SELECT id, name FROM state.message WHERE folder = ? AND uid_validity = ? AND uid = ?")
        let last = try Query(db, "SELECT max(uid) FROM state.message WHERE folder = ? AND uid_validity = ?")
        last.bind(1, folder.rawValue)
        last.bind(2, Int64(epoch.rawValue))
        let largest = try last.first { $0.int(0) } ?? 0
        let candidates = try has("SELECT 1 FROM main.candidate WHERE folder = ? LIMIT 1")
        let expects = try has("SELECT 1 FROM state.expected WHERE folder = ? LIMIT 1")
        let provenBodies = try Query(db, "SELECT 1 FROM main.body WHERE identity IS NOT NULL LIMIT 1").exists()
        let insert = try Query(
            db,
            """
            INSERT INTO state.message (folder, uid_validity, uid, name_hash, name) VALUES (?1, ?2, ?3, ?4, ?5)
            """)
        let list = try ListingInsert(db, folder)
        let arriving = FolderChange.ascending(messages, except: vanished)
        let known = try store.takeKnownNames(db, folder, arriving: arriving.count)
        var names = try NameGiver(store.naming, db, folder, epoch, known: known)
        defer { knownNames = names.known }
        let isPlain = arriving.count >= NewMessages.count && !candidates && !expects
        let group = try isPlain ? NewMessages(db, folder, epoch) : nil
        var next = 0
        while next < arriving.count {
            if let group, next + NewMessages.count <= arriving.count, Int64(arriving[next].uid.rawValue) > largest,
                try arrive(arriving[next..<(next + NewMessages.count)], group, &names, linking: provenBodies)
            {
                next += NewMessages.count
                continue
            }
            let message = arriving[next]
            next += 1
            if Int64(message.uid.rawValue) <= largest {
                byKey.bind(1, folder.rawValue)
                byKey.bind(2, Int64(epoch.rawValue))
                byKey.bind(3, Int64(message.uid.rawValue))
                if let (id, name) = try byKey.first({ ($0.int(0), $0.bytes(1)) }) {
                    if try isListed(id) {
                        try refresh(id, message)
                    } else {
                        try insertListing(id, name, message, list, linking: provenBodies)
                    }
                    continue
                }
            }
            changesState = true
            if candidates, let id = try takeCandidate(for: message) {
                try takeOver(id, message)
                continue
            }
            if expects, let (id, name) = try takeExpected(for: message) {
                if try isListed(id) {
                    try takeOver(id, message)
                    counted += 1
                } else {
                    try move(id, to: message.uid)
                    try insertListing(id, name, message, list, linking: provenBodies)
                }
                continue
            }
            let name = try names.name(for: message)
            insert.bind(1, folder.rawValue)
            insert.bind(2, Int64(epoch.rawValue))
            insert.bind(3, Int64(message.uid.rawValue))
            insert.bind(4, NameGiver.hash(name))
            insert.bind(5, name)
            try insert.run()
            try insertListing(db.lastInsertedRowID, name, message, list, linking: provenBodies)
        }
    }

    /// Gives messages of this epoch other UIDs, which no message has.
    mutating func renumber(_ uids: [UID: UID]) throws {
        guard !uids.isEmpty else { return }
        changesState = true
        let query = try Query(
            db,
            "UPDATE state.message SET uid = ?1 WHERE folder = ?2 AND uid_validity = ?3 AND uid = ?4 RETURNING id")
        for (old, new) in uids {
            query.bind(1, Int64(new.rawValue))
            query.bind(2, folder.rawValue)
            query.bind(3, Int64(epoch.rawValue))
            query.bind(4, Int64(old.rawValue))
            if let id = try query.first({ $0.int(0) }) { updated.insert(id) }
        }
    }

    /// Each message once, in the order of UIDs.
    private static func ascending(_ messages: [MessageMetadata], except vanished: UIDSet) -> [MessageMetadata] {
        let isAscending = messages.indices.dropFirst().allSatisfy { messages[$0 - 1].uid < messages[$0].uid }
        var sorted = isAscending ? messages : messages.sorted { $0.uid < $1.uid }
        if !isAscending {
            var previous: UID?
            sorted.removeAll { message in
                defer { previous = message.uid }
                return message.uid == previous
            }
        }
        if !vanished.isEmpty { sorted.removeAll { vanished.contains($0.uid) } }
        return sorted
    }

    /// Stores some messages at once that are new and whose names nothing has; false, and nothing stored, where they are not such.
    private mutating func arrive(
        _ messages: ArraySlice<MessageMetadata>, _ group: NewMessages, _ names: inout NameGiver, linking: Bool
    ) throws -> Bool {
        guard messages.allSatisfy({ !$0.header.isEmpty && !(linking && $0.identityIsProof) }),
            let given = try names.names(for: messages)
        else { return false }
        changesState = true
        let flags = try messages.map { try store.flagTable.number(of: $0.flags, db) }
        let first = try group.insert(messages, names: given.names, hashes: given.hashes, flags: flags)
        let labels = try messages.contains { $0.labels != nil } ? LabelUpdate(db) : nil
        for (place, (message, name)) in zip(messages, given.names).enumerated() {
            if let told = message.labels { try labels?.set(told, of: first + Int64(place)) }
            arrived.append(
                MessageSummary(
                    id: MessageID(rawValue: first + Int64(place)), uid: message.uid, name: name, size: message.size,
                    sizeIsProven: false, internalDate: message.internalDate, flags: message.flags, flagsChanged: 0,
                    isCached: false))
        }
        counted += Int64(messages.count)
        changesListing = true
        return true
    }

    private func has(_ sql: String) throws -> Bool {
        let query = try Query(db, sql)
        query.bind(1, folder.rawValue)
        return try query.exists()
    }

    /// The first message of an earlier epoch with this identity, size and date, which is then no candidate any more.
    ///
    /// A proven size may differ from what the server claims, and the claim is part of an identity that is no proof.
    private mutating func takeCandidate(for message: MessageMetadata) throws -> Int64? {
        let query = try Query(
            db,
            """
            SELECT c.id, c.uid_validity, c.uid FROM main.candidate AS c
            CROSS JOIN main.listing AS l ON l.folder = c.folder AND l.id = c.id
            WHERE c.folder = ?1 AND c.identity = ?2 AND (l.size = ?3 OR l.marks & 1) AND l.internal_date = ?4
            ORDER BY c.uid_validity, c.uid LIMIT 1
            """)
        query.bind(1, folder.rawValue)
        query.bind(2, high: message.identity.high, low: message.identity.low)
        query.bind(3, Int64(clamping: message.size))
        query.bind(4, message.internalDate)
        guard let (id, epoch, uid) = try query.first({ ($0.int(0), $0.int(1), $0.int(2)) }) else { return nil }
        let take = try Query(
            db, "DELETE FROM main.candidate WHERE folder = ? AND identity = ? AND uid_validity = ? AND uid = ?")
        take.bind(1, folder.rawValue)
        take.bind(2, high: message.identity.high, low: message.identity.low)
        take.bind(3, epoch)
        take.bind(4, uid)
        try take.run()
        if !message.identityIsProof { try dropBodies(alikeTo: message, and: id, in: "main.candidate") }
        return id
    }

    /// Of several that are alike nothing tells which has which text: where there are more, the texts of all are fetched again, and what was
    /// known of their sizes by these is not.
    private mutating func dropBodies(alikeTo message: MessageMetadata, and id: Int64, in table: String) throws {
        let others = try Query(db, "SELECT id FROM \(table) WHERE folder = ? AND identity = ?")
        others.bind(1, folder.rawValue)
        others.bind(2, high: message.identity.high, low: message.identity.low)
        var ids: [Int64] = []
        try others.rows { ids.append($0.int(0)) }
        guard !ids.isEmpty else { return }
        ids.append(id)
        let drop = try Query(db, "DELETE FROM main.body WHERE id = ? RETURNING size")
        let mark = try Query(db, "UPDATE main.listing SET marks = marks & ~3 WHERE folder = ?2 AND id = ?1")
        for id in ids {
            drop.bind(1, id)
            guard let size = try drop.first({ $0.int(0) }) else { continue }
            effects.unlinked.append(id)
            effects.subtracted &+= UInt64(max(size, 0))
            mark.bind(1, id)
            mark.bind(2, folder.rawValue)
            try mark.run()
            updated.insert(id)
        }
    }

    /// The message that was brought here and has this identity, which is then expected no more. Servers may give it another date, so
    /// an equal one only comes first.
    private mutating func takeExpected(for message: MessageMetadata) throws -> (id: Int64, name: [UInt8])? {
        let query = try Query(
            db,
            """
            SELECT e.id, m.name FROM state.expected AS e CROSS JOIN state.message AS m ON m.id = e.id
            WHERE e.folder = ?1 AND e.identity = ?2 AND (e.uid_validity <> ?3 OR e.arrives_from <= ?4)
            ORDER BY e.internal_date = ?5 DESC, e.id LIMIT 1
            """)
        query.bind(1, folder.rawValue)
        query.bind(2, high: message.identity.high, low: message.identity.low)
        query.bind(3, Int64(epoch.rawValue))
        query.bind(4, Int64(message.uid.rawValue))
        query.bind(5, message.internalDate)
        guard let (id, name) = try query.first({ ($0.int(0), $0.bytes(1)) }) else { return nil }
        let take = try Query(db, "DELETE FROM state.expected WHERE id = ?")
        take.bind(1, id)
        try take.run()
        if !message.identityIsProof { try dropBodies(alikeTo: message, and: id, in: "state.expected") }
        return (id, name)
    }

    private mutating func takeOver(_ id: Int64, _ message: MessageMetadata) throws {
        try move(id, to: message.uid)
        try refresh(id, message)
        let date = try Query(db, "UPDATE main.listing SET internal_date = ?1 WHERE folder = ?2 AND id = ?3")
        date.bind(1, message.internalDate)
        date.bind(2, folder.rawValue)
        date.bind(3, id)
        try date.run()
        updated.insert(id)
    }

    private func move(_ id: Int64, to uid: UID) throws {
        let move = try Query(db, "UPDATE state.message SET uid_validity = ?, uid = ? WHERE id = ?")
        move.bind(1, Int64(epoch.rawValue))
        move.bind(2, Int64(uid.rawValue))
        move.bind(3, id)
        try move.run()
    }

    func isListed(_ id: Int64) throws -> Bool {
        let query = try Query(db, "SELECT 1 FROM main.listing WHERE folder = ? AND id = ?")
        query.bind(1, folder.rawValue)
        query.bind(2, id)
        return try query.exists()
    }

    /// Brings a listed message up to date: flags, and a size that is still a claim.
    private mutating func refresh(_ id: Int64, _ message: MessageMetadata) throws {
        try setFlags(id: id, message.flags)
        if let labels = message.labels { try LabelUpdate(db).set(labels, of: id) }
        let size = try Query(
            db, "UPDATE main.listing SET size = ?1 WHERE folder = ?2 AND id = ?3 AND size <> ?1 AND NOT marks & 1")
        size.bind(1, Int64(clamping: message.size))
        size.bind(2, folder.rawValue)
        size.bind(3, id)
        try size.run()
        if db.changesCount > 0 { updated.insert(id) }
    }

    private mutating func insertListing(
        _ id: Int64, _ name: [UInt8], _ message: MessageMetadata, _ insert: ListingInsert, linking: Bool
    ) throws {
        var marks: ListingMarks = message.identityIsProof ? .identityIsProof : []
        if linking, message.identityIsProof, try linkBody(id, message) { marks.formUnion([.isCached, .sizeIsProven]) }
        try insert.run(id, message, flags: store.flagTable.number(of: message.flags, db), marks)
        changesListing = true
        counted += 1
        arrived.append(
            MessageSummary(
                id: MessageID(rawValue: id), uid: message.uid, name: name, size: message.size,
                sizeIsProven: marks.contains(.sizeIsProven), internalDate: message.internalDate, flags: message.flags,
                flagsChanged: 0, isCached: marks.contains(.isCached)))
    }

    /// Gives a message the body of another that is proven to have the same bytes.
    private mutating func linkBody(_ id: Int64, _ message: MessageMetadata) throws -> Bool {
        let query = try Query(
            db,
            "SELECT id, sha256, limbo IS NOT NULL FROM main.body WHERE identity = ? AND size = ? AND id <> ? LIMIT 1")
        query.bind(1, high: message.identity.high, low: message.identity.low)
        query.bind(2, Int64(clamping: message.size))
        query.bind(3, id)
        guard let (source, sha256, isLimbo) = try query.first({ ($0.int(0), $0.bytes(1), $0.int(2) != 0) }),
            try store.bodies.link(source, id)
        else { return false }
        if isLimbo {
            let delete = try Query(db, "DELETE FROM main.body WHERE id = ?")
            delete.bind(1, source)
            try delete.run()
            effects.unlinked.append(source)
            effects.subtracted &+= message.size
        }
        let insert = try Query(
            db, "INSERT OR REPLACE INTO main.body (id, size, sha256, used, identity) VALUES (?, ?, ?, ?, ?)")
        insert.bind(1, id)
        insert.bind(2, Int64(clamping: message.size))
        insert.bind(3, sha256)
        insert.bind(4, now)
        insert.bind(5, high: message.identity.high, low: message.identity.low)
        try insert.run()
        effects.added &+= message.size
        if store.usage.isVerified(source) { effects.verified.append(id) }
        return true
    }
}

/// Writes the rows that a listed message has in the cache.
struct ListingInsert {
    private let folder: FolderID
    private let listing: Query
    private let header: Query
    private let db: Database

    init(_ db: Database, _ folder: FolderID) throws {
        self.folder = folder
        self.db = db
        listing = try Query(
            db,
            """
            INSERT OR REPLACE INTO main.listing (folder, id, size, internal_date, flags, flags_changed, marks, identity)
            VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)
            """)
        header = try Query(db, "INSERT OR REPLACE INTO main.header (id, bytes) VALUES (?, ?)")
    }

    func run(_ id: Int64, _ message: MessageMetadata, flags: Int64, _ marks: ListingMarks) throws {
        listing.bind(1, folder.rawValue)
        listing.bind(2, id)
        listing.bind(3, Int64(clamping: message.size))
        listing.bind(4, message.internalDate)
        listing.bind(5, flags)
        listing.bind(6, marks.rawValue)
        listing.bind(7, high: message.identity.high, low: message.identity.low)
        try listing.run()
        guard !message.header.isEmpty else { return }
        header.bind(1, id)
        header.bind(2, message.header)
        try header.run()
        if let labels = message.labels { try LabelUpdate(db).set(labels, of: id) }
    }
}
