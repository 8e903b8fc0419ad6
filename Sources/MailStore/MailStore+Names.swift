internal import GRDB
public import MailModel

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
}
