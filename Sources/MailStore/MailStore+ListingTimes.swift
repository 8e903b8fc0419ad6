internal import GRDB
public import MailModel

extension MailStore {
    private static let rootKey = "listing.root"

    /// When the listing of the root changed last, as far as it was kept: nanoseconds since 1970.
    public func listingChangedOfRoot() throws -> Int64? { try setting(Self.rootKey).flatMap { Int64($0) } }

    /// Keeps times of listings that are later than those stored: what moved them may be nothing that is stored with a time.
    ///
    /// - Parameter times: nanoseconds since 1970; `.root` for the root.
    public func keep(listingTimes times: [FolderID: Int64]) throws {
        try inRelaxedTransaction { db in
            if let root = times[.root] {
                let setting = try Query(db, "INSERT OR REPLACE INTO main.setting VALUES (?, ?)")
                setting.bind(1, Self.rootKey)
                setting.bind(2, "\(root)")
                try setting.run()
            }
            let row = try Query(db, "INSERT OR IGNORE INTO main.folder (id) SELECT id FROM state.folder WHERE id = ?")
            let update = try Query(
                db, "UPDATE main.folder SET listing_changed = ?2 WHERE id = ?1 AND listing_changed < ?2")
            for (folder, time) in times where folder != .root {
                row.bind(1, folder.rawValue)
                try row.run()
                update.bind(1, folder.rawValue)
                update.bind(2, time)
                try update.run()
            }
        } then: { _ in
        }
    }
}
