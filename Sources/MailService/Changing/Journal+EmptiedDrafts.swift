internal import MailModel
internal import Synchronization

// Drafts that are empty here, and that the server has with content: an empty message is not sent, so the server keeps the version of before
// until there is content. `status` lists them among what failed, and whoever gives one up has that version back.
extension Journal {
    /// Nothing that is made by a program is ever so far: changes of the journal are numbered one by one.
    private static let firstNumber: Int64 = 1_000_000_000_000

    private static func number(of draft: MessageID) -> OperationID {
        OperationID(rawValue: firstNumber + draft.rawValue)
    }

    /// Ascending.
    private var emptiedDrafts: [LocalFile] {
        view.withLock { view in
            view.files.values.filter { $0.purpose == .empty && view.truth(of: $0.id) != nil }
        }.sorted { $0.id < $1.id }
    }

    var emptiedChanges: [FailedChange] {
        emptiedDrafts.map {
            FailedChange(
                id: Self.number(of: $0.id), operation: "upload", path: path($0.folder, $0.name),
                error: "it is empty, which cannot be sent: the server has the version before until something is written"
            )
        }
    }

    /// The version of the server is shown again.
    ///
    /// - Returns: the ids that are of other changes.
    func giveUpEmptied(_ ids: [OperationID]) throws -> [OperationID] {
        let chosen = emptiedDrafts.filter { ids.contains(Self.number(of: $0.id)) }
        for draft in chosen { try watching([draft.id]) { try removeFile(draft.id) } }
        let numbers = Set(chosen.map { Self.number(of: $0.id) })
        return ids.filter { !numbers.contains($0) }
    }
}
