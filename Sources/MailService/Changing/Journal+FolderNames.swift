internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import MailTree
internal import Synchronization

// A directory has one thing of a name. Of folders other clients decide, so that messages give way.
extension Journal {
    /// Gives messages and files other names where a folder beside them is shown under theirs.
    ///
    /// - Throws: `ServiceError`, `MailStoreError`.
    func giveWayToFolders() throws {
        let folders = view.withLock { $0.folders }
        let places = Dictionary(folders.map { ($0.value.path, $0.key) }, uniquingKeysWith: { first, _ in first })
        for folder in folders.values {
            guard let name = folder.path.last, let parent = places[folder.path.dropLast()] else { continue }
            let here = view.withLock { $0.message(named: name, in: parent) }
            guard let id = try here ?? store.message(named: name, in: parent) else { continue }
            do {
                try giveAnotherName(id, parent, name)
            } catch let error as ServiceError {
                logger.info("\(folder.displayName) has the name of a message, which keeps it: \(error)")
            }
        }
    }

    private func giveAnotherName(_ id: MessageID, _ folder: FolderID, _ name: [UInt8]) throws {
        let isIts = try watching([id]) {
            view.withLock { view in view.shown(id).map { $0.folder == folder && $0.summary.name == name } ?? false }
        }
        guard isIts else { return }
        _ = try rename(id, to: folder, as: FileName.numbered(name, 2), replacing: nil)
    }
}
