internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Files that are empty here, in the place of something that has content: the version of a draft that the server has, an upload that waited,
// or a message that they were renamed onto. An empty message is not sent, so that stays until there is content. `status` lists them among
// what failed, and whoever gives one up has what was there before.
extension Journal {
    /// Nothing that is made by a program is ever so far: changes of the journal are numbered one by one.
    private static let firstNumber: Int64 = 1_000_000_000_000

    private static func number(of draft: MessageID) -> OperationID {
        OperationID(rawValue: firstNumber + draft.rawValue)
    }

    /// Ascending.
    private var emptiedDrafts: [LocalFile] {
        view.withLock { view in
            view.files.values.filter { file in
                if file.purpose == .empty { return view.truth(of: file.id) != nil }
                return file.size == 0 && file.purpose.isBeingWritten && view.emptyUpload(of: file.id) != nil
            }
        }.sorted { $0.id < $1.id }
    }

    var emptiedChanges: [FailedChange] {
        emptiedDrafts.map {
            FailedChange(
                id: Self.number(of: $0.id), operation: "upload", path: path($0.folder, $0.name),
                error: "it is empty, which cannot be sent: the server keeps what it has until something is written"
            )
        }
    }

    /// What the server has is shown again.
    ///
    /// - Returns: the ids that are of other changes.
    func giveUpEmptied(_ ids: [OperationID]) throws -> [OperationID] {
        let chosen = emptiedDrafts.filter { ids.contains(Self.number(of: $0.id)) }
        for draft in chosen {
            try watching([draft.id]) {
                let upload = view.withLock { $0.emptyUpload(of: draft.id).map { [$0.id] } } ?? []
                try write(JournalEntry(removed: upload + dependents(of: upload), removedFiles: [draft.id]))
            }
        }
        let numbers = Set(chosen.map { Self.number(of: $0.id) })
        return ids.filter { !numbers.contains($0) }
    }
}

extension AccountView {
    /// The upload that was recorded of a file without content, and waits for some.
    fileprivate func emptyUpload(of id: MessageID) -> Operation? {
        journal.operations(of: id).first { operation in
            guard case .append(_, _, _, let upload) = operation.change else { return false }
            return upload.size == 0 && operation.state == .waiting
        }
    }
}
