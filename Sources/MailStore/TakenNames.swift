internal import GRDB

/// Which names of a folder are taken: by its messages, by operations that bring a message there, and by local files.
struct TakenNames {
    private let folder: Int64
    private let any: Query
    private let several: Query

    init(_ db: Database, _ folder: Int64) throws {
        self.folder = folder
        any = try Query(
            db,
            """
            SELECT 1 FROM state.message WHERE folder = ?1 AND name_hash = ?2 AND name = ?3 AND id <> ?4
            UNION ALL
            SELECT 1 FROM state.operation WHERE folder = ?1 AND name_hash = ?2 AND name = ?3 AND message <> ?4
            UNION ALL
            SELECT 1 FROM state.local_file WHERE folder = ?1 AND name_hash = ?2 AND name = ?3 AND id <> ?4
            """)
        let hashes = "name_hash IN (" + (0..<NewMessages.count).map { "?\($0 + 2)" }.joined(separator: ", ") + ")"
        several = try Query(
            db,
            """
            SELECT 1 FROM state.message WHERE folder = ?1 AND \(hashes)
            UNION ALL SELECT 1 FROM state.operation WHERE folder = ?1 AND \(hashes)
            UNION ALL SELECT 1 FROM state.local_file WHERE folder = ?1 AND \(hashes)
            """)
    }

    /// Whether nothing has a name with one of `NewMessages.count` hashes. False where something may.
    func containsNone(of hashes: [Int64]) throws -> Bool {
        several.bind(1, folder)
        for (place, hash) in hashes.enumerated() { several.bind(Int32(place) + 2, hash) }
        return try !several.exists()
    }

    /// - Parameter id: a message whose own claims do not count; ids start at 1.
    func contains(_ name: [UInt8], except id: Int64 = 0) throws -> Bool {
        any.bind(1, folder)
        any.bind(2, NameGiver.hash(name))
        any.bind(3, name)
        any.bind(4, id)
        return try any.exists()
    }

    /// A name that is not taken by anything: `name` with `-2`, `-3`, ... before its `.eml`, cut to 255 bytes.
    func made(from name: [UInt8]) throws -> [UInt8] {
        var ordinal = 2
        while true {
            let made = TakenNames.numbered(name, ordinal)
            if try !contains(made) { return made }
            ordinal += 1
        }
    }

    static func numbered(_ name: [UInt8], _ ordinal: Int) -> [UInt8] {
        let isMail = name.count > 4 && name.suffix(4).map { $0 | 0x20 } == Array(".eml".utf8)
        let end = Array("-\(ordinal)".utf8) + (isMail ? name.suffix(4) : [])
        var base = name.dropLast(isMail ? 4 : 0)
        if base.count + end.count > 255 {
            base = base.prefix(255 - end.count)
            // No character of UTF-8 is left in part: continuation bytes go, then their first.
            if name.dropFirst(base.count).first.map({ $0 & 0xC0 == 0x80 }) == true {
                while let last = base.last, last & 0xC0 == 0x80 { base = base.dropLast() }
                base = base.dropLast()
            }
        }
        return base + end
    }
}
