internal import GRDB
public import MailModel
import Synchronization

extension MailStore {
    /// The messages with the names that they get where no other message has them: the part of `apply` that needs no database.
    public func named(_ messages: [MessageMetadata]) -> [MessageMetadata] {
        var messages = messages
        for (place, name) in zip(messages.indices, naming.names(for: messages)) { messages[place].name = name }
        return messages
    }

    /// The message that has this name in a folder, as the index has it; nil where there is none.
    public func message(named name: [UInt8], in folder: FolderID) throws -> MessageID? {
        try onReader { db in
            let query = try Query(
                db, "SELECT id FROM state.message WHERE folder = ? AND name_hash = ? AND name = ? LIMIT 1")
            query.bind(1, folder.rawValue)
            query.bind(2, NameGiver.hash(name))
            query.bind(3, name)
            return try query.first { MessageID(rawValue: $0.int(0)) }
        }
    }

    /// The names taken in a folder that so many messages come to: those known from the part before, else read; nil where it is less work
    /// to ask for each.
    func takeKnownNames(_ db: Database, _ folder: FolderID, arriving count: Int) throws -> KnownNames? {
        let kept = knownNames.withLock { names in
            defer { names = nil }
            return names
        }
        if let kept, kept.isRight(db, folder) { return kept }
        return try KnownNames(db, folder, arriving: count)
    }

    /// At the end of a transaction. Where that is not committed after all, some names are known that are free.
    func keepKnownNames(_ db: Database, _ names: KnownNames?) {
        guard var names else { return }
        names.note(db)
        knownNames.withLock { [names] in $0 = names }
    }
}
