internal import GRDB
internal import IMAPValue

extension IndexChange {
    /// The name that a message gets in a folder when `name` is wanted: another only where what the mount shows has it.
    ///
    /// A message with that name which an operation takes away, or which is flagged as deleted, is not shown: it is that one which gets
    /// another.
    ///
    /// - Parameter claims: names that waiting operations and local files have there count as well.
    mutating func freeName(_ name: [UInt8], in folder: Int64, for id: Int64, claims: Bool) throws -> [UInt8] {
        let taken = try TakenNames(db, folder)
        guard try taken.contains(name, except: id) else { return name }
        if claims, try isClaimed(name, in: folder, except: id) { return try taken.made(from: name) }
        let holder = try Query(
            db,
            """
            SELECT id, EXISTS (SELECT 1 FROM state.operation WHERE message = m.id AND state <> 2
                AND kind IN ('move', 'delete', 'expunge')),
                CASE WHEN EXISTS (SELECT 1 FROM state.operation WHERE message = m.id AND state <> 2
                    AND kind IN ('replaceFlags', 'removeFlags'))
                THEN 0 ELSE (SELECT flags FROM main.listing AS l WHERE l.folder = m.folder AND l.id = m.id) END
            FROM state.message AS m WHERE folder = ? AND name_hash = ? AND name = ? AND id <> ?
            """)
        holder.bind(1, folder)
        holder.bind(2, NameGiver.hash(name))
        holder.bind(3, name)
        holder.bind(4, id)
        var hidden: [Int64] = []
        var isShown = false
        try holder.rows { row in
            // One whose flags are being changed may be on its way back.
            if row.int(1) != 0 || store.flagTable.flags(row.int(2)).isDeleted {
                hidden.append(row.int(0))
            } else {
                isShown = true
            }
        }
        if isShown { return try taken.made(from: name) }
        for other in hidden {
            try setName(try taken.made(from: name), of: other)
            touch(other, folder)
        }
        return name
    }

    /// Whether a local file has a name, or a message that an operation brings there, and no later operation takes it away again.
    private func isClaimed(_ name: [UInt8], in folder: Int64, except id: Int64) throws -> Bool {
        let claim = try Query(
            db,
            """
            SELECT 1 FROM state.local_file AS f WHERE folder = ?1 AND name_hash = ?2 AND name = ?3 AND id <> ?4
                AND NOT EXISTS (
                    SELECT 1 FROM state.operation AS p WHERE p.message = f.id AND p.state <> 2
                        AND p.kind IN ('move', 'delete', 'expunge'))
            UNION ALL
            SELECT 1 FROM state.operation AS o WHERE folder = ?1 AND name_hash = ?2 AND name = ?3 AND message <> ?4
                AND (state <> 2 OR kind = 'append') AND NOT EXISTS (
                    SELECT 1 FROM state.operation AS p WHERE p.message = o.message AND p.id > o.id AND p.state <> 2
                        AND p.kind IN ('move', 'delete', 'expunge'))
            """)
        claim.bind(1, folder)
        claim.bind(2, NameGiver.hash(name))
        claim.bind(3, name)
        claim.bind(4, id)
        return try claim.exists()
    }

    func setName(_ name: [UInt8], of id: Int64) throws {
        let update = try Query(db, "UPDATE state.message SET name_hash = ?, name = ? WHERE id = ?")
        update.bind(1, NameGiver.hash(name))
        update.bind(2, name)
        update.bind(3, id)
        try update.run()
    }
}
