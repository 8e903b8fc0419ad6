internal import GRDB
import IMAPValue
import MailModel

extension Settling {
    /// Brings a message to the place of its copy and gives what it left behind an id of its own.
    ///
    /// - Returns: the original; nil where it is gone.
    mutating func leaveOriginal(of id: Int64, under destination: IndexChange.Destination) throws -> MessageID? {
        guard let old = try index.place(of: id), old.uidValidity != 0, old.folder != destination.folder else {
            try index.place(id, at: destination)
            return nil
        }
        let original = try index.store.nextMessageID(db)
        let isListed = try duplicate(id, as: original, in: old.folder)
        try index.place(id, at: destination)
        var name = old.name
        let taken = try TakenNames(db, old.folder)
        if try taken.contains(name) { name = try taken.made(from: name) }
        let insert = try Query(
            db, "INSERT INTO state.message (id, folder, uid_validity, uid, name_hash, name) VALUES (?, ?, ?, ?, ?, ?)")
        insert.bind(1, original)
        insert.bind(2, old.folder)
        insert.bind(3, old.uidValidity)
        insert.bind(4, old.uid)
        insert.bind(5, NameGiver.hash(name))
        insert.bind(6, name)
        try insert.run()
        if isListed { index.enter(original, old.folder, counted: true) }
        return MessageID(rawValue: original)
    }

    mutating func copied(_ source: Int64, _ copy: Int64, to destination: IndexChange.Destination) throws {
        if try index.exists(folder: destination.folder), let from = try index.place(of: source),
            try duplicate(source, as: copy, in: from.folder)
        {
            let move = try Query(db, "UPDATE OR REPLACE main.listing SET folder = ? WHERE folder = ? AND id = ?")
            move.bind(1, destination.folder)
            move.bind(2, from.folder)
            move.bind(3, copy)
            try move.run()
            try index.copyBody(of: source, to: copy)
            try index.markBody(copy, destination.folder)
        }
        try index.place(copy, at: destination)
        try dropFile(copy)
        if try index.place(of: copy) == nil {
            let limbo = try Query(db, "UPDATE main.body SET limbo = ? WHERE id = ?")
            limbo.bind(1, index.now)
            limbo.bind(2, copy)
            try limbo.run()
            index.effects.forgotten.append(copy)
        }
    }

    /// Gives a message's row of the listing and its header to another id too, without a body.
    ///
    /// - Returns: false where it has none.
    private func duplicate(_ id: Int64, as other: Int64, in folder: Int64) throws -> Bool {
        let listing = try Query(
            db,
            """
            INSERT OR REPLACE INTO main.listing (folder, id, size, internal_date, flags, flags_changed, marks, identity)
            SELECT folder, ?1, size, internal_date, flags, flags_changed, marks & ~2, identity FROM main.listing
            WHERE folder = ?3 AND id = ?2
            """)
        listing.bind(1, other)
        listing.bind(2, id)
        listing.bind(3, folder)
        try listing.run()
        guard db.changesCount > 0 else { return false }
        let header = try Query(
            db, "INSERT OR REPLACE INTO main.header (id, bytes) SELECT ?1, bytes FROM main.header WHERE id = ?2")
        header.bind(1, other)
        header.bind(2, id)
        try header.run()
        return true
    }

    mutating func appended(
        _ id: Int64, _ upload: Upload, _ metadata: MessageMetadata, body: Bool, to destination: IndexChange.Destination
    ) throws {
        let isCached = body && index.store.bodies.adopt(index.store.spool.path(id), as: id, size: upload.size)
        if isCached {
            let insert = try Query(
                db, "INSERT OR REPLACE INTO main.body (id, size, sha256, used, identity) VALUES (?, ?, ?, ?, ?)")
            insert.bind(1, id)
            insert.bind(2, Int64(clamping: upload.size))
            insert.bind(3, upload.sha256)
            insert.bind(4, index.now)
            let identity = metadata.identity
            if metadata.identityIsProof {
                insert.bind(5, high: identity.high, low: identity.low)
            } else {
                insert.bind(5, nil as Int64?)
            }
            try insert.run()
            index.effects.added &+= upload.size
        }
        if try index.exists(folder: destination.folder) {
            var message = metadata
            if body { message.size = upload.size }
            var marks: ListingMarks = metadata.identityIsProof ? .identityIsProof : []
            if body { marks.insert(.sizeIsProven) }
            if isCached { marks.insert(.isCached) }
            let list = try ListingInsert(db, FolderID(rawValue: destination.folder))
            try list.run(id, message, flags: index.store.flagTable.number(of: message.flags, db), marks)
            try index.place(id, at: destination)
        }
        try dropFile(id)
    }

    /// What the server has needs no file here. Its row goes with the operation: alone it would be one more upload.
    private mutating func dropFile(_ id: Int64) throws {
        let local = try Query(db, "DELETE FROM state.local_file WHERE id = ?")
        local.bind(1, id)
        try local.run()
        index.effects.spooled.append(id)
    }
}
