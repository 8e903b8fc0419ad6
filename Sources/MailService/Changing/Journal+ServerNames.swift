internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Names of folders go to the server in modified UTF-7, or as they are after UTF8=ACCEPT (RFC 6855 section 3). Which it is the connection
// tells, and folders are made and renamed without one.
extension Journal {
    /// Gives what waits to be made or renamed its name in the form that the server takes now.
    func nameFoldersAnew() throws {
        try changing {
            let waiting = view.withLock { view in view.journal.folderOperations.filter { $0.state == .waiting } }
            for operation in waiting.sorted(by: { $0.id < $1.id }) {
                guard view.withLock({ $0.claim(operation.id) }) else { continue }
                defer { unclaim(operation) }
                do {
                    try nameAnew(operation)
                } catch let error as ServiceError {
                    logger.info("change \(operation.id.rawValue) keeps the name that it has: \(error)")
                }
            }
        }
    }

    private func nameAnew(_ operation: Operation) throws {
        switch operation.change {
        case .createFolder(let id):
            guard var folder = facts.folder(id), let rawName = try rawName(at: folder.path), rawName != folder.rawName
            else { return }
            folder.rawName = rawName
            try store.updateFolder(folder)
            try inOrder { take(folders: [folder], removed: []) }
        case .renameFolder(let id, let old, let path):
            guard let rawName = try rawName(at: path), rawName != old else { return }
            try replace(operation.id, with: .renameFolder(id, rawName: rawName, path: path))
        case .move, .copy, .append, .flags, .labels, .delete, .expunge, .deleteFolder: break
        }
    }

    /// nil where the folder above is not known.
    private func rawName(at path: [[UInt8]]) throws -> [UInt8]? {
        guard let name = path.last else { return nil }
        if path.count == 1 { return try rawName(below: nil, name: name) }
        guard let parent = view.withLock({ $0.folder(at: Array(path.dropLast())) }).flatMap({ facts.folder($0) }) else {
            return nil
        }
        return try rawName(below: parent, name: name)
    }
}
