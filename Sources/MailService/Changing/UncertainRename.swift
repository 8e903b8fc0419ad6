internal import MailModel
internal import MailSync
internal import Synchronization

/// A RENAME whose answer was lost: until it is known what became of it, LIST decides nothing about either name.
struct UncertainRename: Sendable {
    let old: [UInt8]
    let new: [UInt8]
    let separator: UInt8?

    /// Whether the folder of this name may have lost it.
    func takes(_ name: [UInt8]) -> Bool { isAtOrBelow(name, old) }

    /// Whether this may be a new name.
    func makes(_ name: [UInt8]) -> Bool { isAtOrBelow(name, new) }

    private func isAtOrBelow(_ name: [UInt8], _ top: [UInt8]) -> Bool {
        name == top || separator.map { name.starts(with: top + [$0]) } ?? false
    }
}

extension Journal {
    var uncertainRenames: [UncertainRename] {
        unanswered.compactMap { operation in
            guard case .renameFolder(let id, let new, _) = operation.change, let folder = facts.folder(id) else {
                return nil
            }
            return UncertainRename(old: folder.rawName, new: new, separator: folder.separator)
        }
    }
}
