internal import GRDB
import IMAPValue
import MailModel

/// Ends operations within one transaction.
struct Settling {
    var index: IndexChange
    let db: Database
    let decoding: (([UInt8]) -> String)?
    var folders: Set<FolderID> = []
    var removedFolders: [FolderID] = []
    private var changesState = false

    init(_ store: MailStore, _ db: Database, decoding: (([UInt8]) -> String)?) {
        index = IndexChange(store, db)
        self.db = db
        self.decoding = decoding
    }

    mutating func settle(_ operation: Operation, _ outcome: Settlement.Outcome) throws {
        switch (outcome, operation.change) {
        case (.moved(let validity, let uid), .move(let id, let target, let name)):
            try index.place(id.rawValue, at: destination(operation, target, name, validity, uid))
            try end(operation)
        case (.movedByCopy(let validity, let uid), .move(let id, let target, let name)):
            let original = try leaveOriginal(
                of: id.rawValue, under: destination(operation, target, name, validity, uid))
            if let original { try become(.delete(original), operation) } else { try end(operation) }
        case (.copied(let validity, let uid, let taken), .copy(let source, let copy, let target, let name)):
            try copied(
                source.rawValue, copy.rawValue, to: destination(operation, taken ?? target, name, validity, uid))
            try end(operation)
        case (
            .appended(let validity, let uid, let metadata, let body, let taken),
            .append(let id, let target, let name, let upload)
        ):
            try appended(
                id.rawValue, upload, metadata, body: body,
                to: destination(operation, taken ?? target, name, validity, uid))
            try end(operation)
        case (.flagged(let flags), .flags(let id, _)):
            if let place = try index.place(of: id.rawValue) {
                try index.setFlags(id.rawValue, in: place.folder) { _ in flags }
            }
            try end(operation)
        case (.labelled(let labels), .labels(let id, _)):
            try LabelUpdate(db).set(labels, of: id.rawValue)
            try end(operation)
        case (.deleted(let due), .delete(let id)):
            guard let place = try index.place(of: id.rawValue) else { return try end(operation) }
            try index.setFlags(id.rawValue, in: place.folder) {
                Flags(system: $0.system.union(.deleted), keywords: $0.keywords)
            }
            try become(.expunge(id, due: due), operation)
        case (.expunged, .move(let id, _, _)), (.expunged, .flags(let id, _)), (.expunged, .labels(let id, _)),
            (.expunged, .delete(let id)), (.expunged, .expunge(let id, _)):
            try index.remove(id.rawValue)
            try end(operation)
        case (.folder, .createFolder(let id)):
            try created(id)
            try end(operation)
        case (.folder, .deleteFolder(let id)):
            try removeFolder(id)
            try end(operation)
        case (.folder, .renameFolder(let id, let rawName, let path)):
            try renamed(id, rawName, path)
            try end(operation)
        case (.moved, _), (.movedByCopy, _), (.copied, _), (.appended, _), (.flagged, _), (.labelled, _), (.deleted, _),
            (.expunged, _), (.folder, _):
            break
        }
    }

    /// Stores what follows from all of it, and tells it.
    mutating func finish() throws -> SettledChanges {
        var changes = SettledChanges()
        changes.batches = try index.finish()
        changes.followers = try index.store.operations(index.operations.sorted().map(OperationID.init(rawValue:)), db)
        let query = try Query(db, "SELECT \(FolderColumns.columns) FROM state.folder AS s WHERE s.id = ?")
        for folder in folders.sorted() {
            query.bind(1, folder.rawValue)
            if let folder = try query.first({ FolderColumns.folder($0) }) { changes.folders.append(folder) }
        }
        changes.removedFolders = removedFolders
        if changesState { try index.store.countCommit(db) }
        return changes
    }

    private func destination(
        _ operation: Operation, _ folder: FolderID, _ name: [UInt8], _ validity: UIDValidity, _ uid: UID?
    ) -> IndexChange.Destination {
        IndexChange.Destination(
            folder: folder.rawValue, name: name, uidValidity: validity, uid: uid, arrivesFrom: operation.arrivesFrom)
    }

    // MARK: - Journal

    /// The operation is done: what came after it waits for nothing.
    private mutating func end(_ operation: Operation) throws {
        try release(operation)
        let remove = try Query(db, "DELETE FROM state.operation WHERE id = ?")
        remove.bind(1, operation.id.rawValue)
        try remove.run()
    }

    /// The operation is done, and its id is that of another one.
    private mutating func become(_ change: Change, _ operation: Operation) throws {
        try release(operation)
        try index.store.update(operation, to: change, db)
        let reset = try Query(
            db,
            """
            UPDATE state.operation SET state = 0, failure = NULL, failure_text = NULL, after = NULL, arrives_from = NULL,
                attempts = 0 WHERE id = ?
            """)
        reset.bind(1, operation.id.rawValue)
        try reset.run()
        index.operations.insert(operation.id.rawValue)
    }

    private mutating func release(_ operation: Operation) throws {
        changesState = true
        try index.noteOperations("after = ?1", operation.id.rawValue)
        let release = try Query(db, "UPDATE state.operation SET after = NULL WHERE after = ?")
        release.bind(1, operation.id.rawValue)
        try release.run()
    }
}
