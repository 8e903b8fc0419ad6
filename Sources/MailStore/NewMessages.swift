internal import GRDB
import IMAPValue
import MailModel

/// Writes the rows of several new messages with one statement for each table: to begin a statement costs more than a row.
struct NewMessages {
    /// Messages that are written at once.
    static let count = 32

    private let db: Database
    private let folder: FolderID
    private let epoch: UIDValidity
    private let message: Query
    private let listing: Query
    private let header: Query

    init(_ db: Database, _ folder: FolderID, _ epoch: UIDValidity) throws {
        self.db = db
        self.folder = folder
        self.epoch = epoch
        // FAIL: whatever goes wrong ends the transaction, so that SQLite need not keep each page as it was before the statement.
        message = try Query(
            db,
            "INSERT OR FAIL INTO state.message (folder, uid_validity, uid, name_hash, name) VALUES "
                + NewMessages.rows(shared: 2, own: 3) { "(?1, ?2, ?\($0), ?\($0 + 1), ?\($0 + 2))" })
        listing = try Query(
            db,
            "INSERT OR REPLACE INTO main.listing (folder, id, size, internal_date, flags, flags_changed, marks, identity) VALUES "
                + NewMessages.rows(shared: 1, own: 6) {
                    "(?1, ?\($0), ?\($0 + 1), ?\($0 + 2), ?\($0 + 3), 0, ?\($0 + 4), ?\($0 + 5))"
                })
        header = try Query(
            db,
            "INSERT OR REPLACE INTO main.header (id, bytes) VALUES "
                + NewMessages.rows(shared: 0, own: 2) { "(?\($0), ?\($0 + 1))" })
    }

    /// - Parameter row: one row of values, by the number of its first parameter.
    private static func rows(shared: Int, own: Int, _ row: (Int) -> String) -> String {
        (0..<count).map { row(shared + 1 + $0 * own) }.joined(separator: ", ")
    }

    /// Stores `count` messages, none of which is known, each with its name, that name's hash and the number of its flags.
    ///
    /// - Returns: the first one's id; the others have those that follow.
    func insert(
        _ messages: ArraySlice<MessageMetadata>, names: [[UInt8]], hashes: [Int64], flags: [Int64]
    ) throws -> Int64 {
        var octets: [UInt8] = []
        octets.reserveCapacity(zip(messages, names).reduce(0) { $0 + $1.0.header.count + $1.1.count + 16 })
        var ends: [Int] = []
        ends.reserveCapacity(3 * messages.count)
        for (message, name) in zip(messages, names) {
            octets += name
            ends.append(octets.count)
            octets += message.header
            ends.append(octets.count)
            withUnsafeBytes(of: (message.identity.high.bigEndian, message.identity.low.bigEndian)) { octets += $0 }
            ends.append(octets.count)
        }
        return try octets.withUnsafeBytes { octets in
            func part(_ place: Int, _ kind: Int) -> UnsafeRawBufferPointer {
                let index = place * 3 + kind
                return UnsafeRawBufferPointer(rebasing: octets[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
            }
            message.bind(1, folder.rawValue)
            message.bind(2, Int64(epoch.rawValue))
            var parameter: Int32 = 3
            for (place, (one, hash)) in zip(messages, hashes).enumerated() {
                message.bind(parameter, Int64(one.uid.rawValue))
                message.bind(parameter + 1, hash)
                message.lend(parameter + 2, part(place, 0))
                parameter += 3
            }
            try message.run()
            let first = db.lastInsertedRowID - Int64(messages.count) + 1
            listing.bind(1, folder.rawValue)
            parameter = 2
            for (place, (one, flags)) in zip(messages, flags).enumerated() {
                let marks: ListingMarks = one.identityIsProof ? .identityIsProof : []
                listing.bind(parameter, first + Int64(place))
                listing.bind(parameter + 1, Int64(clamping: one.size))
                listing.bind(parameter + 2, one.internalDate)
                listing.bind(parameter + 3, flags)
                listing.bind(parameter + 4, marks.rawValue)
                listing.lend(parameter + 5, part(place, 2))
                parameter += 6
            }
            try listing.run()
            parameter = 1
            for place in 0..<messages.count {
                header.bind(parameter, first + Int64(place))
                header.lend(parameter + 1, part(place, 1))
                parameter += 2
            }
            try header.run()
            return first
        }
    }
}
