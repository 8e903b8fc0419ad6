internal import GRDB
import MailModel

extension Settling {
    mutating func created(_ id: FolderID) throws {
        let update = try Query(db, "UPDATE state.folder SET attributes = attributes & ~?2 WHERE id = ?1")
        update.bind(1, id.rawValue)
        update.bind(2, Int64(Folder.Attributes.pending.rawValue))
        try update.run()
        folders.insert(id)
    }

    mutating func removeFolder(_ id: FolderID) throws {
        let ids = try FolderColumns.remove(id, db, now: index.now)
        index.effects.forgotten += ids
        index.forget(folder: id.rawValue)
        removedFolders.append(id)
    }

    /// Gives a folder and all below it their new names. Folders that a listing found under them meanwhile are the same ones and go.
    mutating func renamed(_ id: FolderID, _ rawName: [UInt8], _ path: [[UInt8]]) throws {
        guard let old = try folder("s.id = ?1", { $0.bind(1, id.rawValue) }) else { return }
        let oldDisplay = old.displayName
        var top = old
        top.rawName = rawName
        top.path = path
        top.displayName = displayName(top)
        var changed = [top]
        if let separator = old.separator, !old.rawName.isEmpty {
            let prefix = old.rawName + [separator]
            let below = try Query(
                db,
                "SELECT \(FolderColumns.columns) FROM state.folder AS s WHERE substr(s.raw_name, 1, ?2) = ?1 ORDER BY s.id"
            )
            below.bind(1, prefix)
            below.bind(2, Int64(prefix.count))
            var children: [Folder] = []
            try below.rows { children.append(FolderColumns.folder($0)) }
            for var child in children {
                child.rawName = rawName + child.rawName.dropFirst(old.rawName.count)
                if child.path.starts(with: old.path) { child.path = path + child.path.dropFirst(old.path.count) }
                if let decoding {
                    child.displayName = decoding(child.rawName)
                } else if child.displayName.hasPrefix(oldDisplay) {
                    child.displayName = top.displayName + child.displayName.dropFirst(oldDisplay.count)
                }
                changed.append(child)
            }
        }
        let ids = Set(changed.map(\.id))
        let update = try Query(db, FolderColumns.update)
        for folder in changed {
            if let rival = try self.folder("s.raw_name = ?1", { $0.bind(1, folder.rawName) }), !ids.contains(rival.id) {
                try giveWay(rival.id, to: folder.id)
            }
            FolderColumns.bind(folder, to: update)
            try update.run()
        }
        folders.formUnion(ids)
    }

    /// Operations and local files of a folder that goes are those of the one which stays.
    private mutating func giveWay(_ rival: FolderID, to folder: FolderID) throws {
        try index.noteOperations("folder = ?1", rival.rawValue)
        for sql in [
            "UPDATE state.operation SET folder = ?2 WHERE folder = ?1",
            "UPDATE state.local_file SET folder = ?2 WHERE folder = ?1",
        ] {
            let query = try Query(db, sql)
            query.bind(1, rival.rawValue)
            query.bind(2, folder.rawValue)
            try query.run()
        }
        try removeFolder(rival)
    }

    private func displayName(_ folder: Folder) -> String {
        if let decoding { return decoding(folder.rawName) }
        let separator = folder.separator.map { [$0] } ?? []
        return String(decoding: Array(folder.path.joined(separator: separator)), as: UTF8.self)
    }

    private func folder(_ condition: String, _ bind: (Query) -> Void) throws -> Folder? {
        let query = try Query(db, "SELECT \(FolderColumns.columns) FROM state.folder AS s WHERE \(condition)")
        bind(query)
        return try query.first { FolderColumns.folder($0) }
    }
}
