internal import GRDB
public import MailModel

extension MailStore {
    /// The folder and name that were given to a message, whether its folder is listed at present or not, and whether or not the server
    /// has that; nil where the message is gone.
    public func placeGiven(to message: MessageID) throws -> (folder: FolderID, name: [UInt8])? {
        try onWriter { db in
            let query = try Query(db, "SELECT folder, name FROM state.message WHERE id = ?")
            query.bind(1, message.rawValue)
            return try query.first { (FolderID(rawValue: $0.int(0)), $0.bytes(1)) }
        }
    }
}
