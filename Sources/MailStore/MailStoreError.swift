public import IMAPValue
public import MailModel
internal import PosixFile

/// Why the store cannot be opened, or cannot do what was asked. `description` is for people and says what to do.
public enum MailStoreError: Error, Hashable, Sendable {
    /// Another process holds the lock at `path`; `pid` where the lock file names it.
    case inUse(path: String, pid: Int32?)
    /// The directory belongs to somebody else, or its group or others may enter it.
    case notPrivate(path: String)
    /// The directories belong to `found`, not to the account that was asked for.
    case wrongAccount(expected: String, found: String)
    /// Locks and shared memory are not dependable there (NFS, SMB, FUSE, ...).
    case unsuitableFileSystem(path: String, kind: String)
    /// What the server cannot give again is damaged: never discarded by the store.
    case damagedState(path: String, underlying: String)
    /// The index was found damaged while in use; the next start sets it aside and lists again.
    case damagedCache(path: String)
    /// A later version of the program wrote it.
    case newerSchema(path: String)
    /// The disk is full or the reserve is reached: nothing was stored, and streaming is still possible.
    case noSpace(path: String)
    /// A system call failed; `code` is the errno.
    case io(path: String, code: Int32)
    /// SQLite failed for another reason; `code` is its extended result code.
    case database(code: Int32, message: String)
    /// The folder was removed or never existed.
    case noSuchFolder(FolderID)
    /// A folder with this name on the server has another id.
    case folderExists(FolderID)
    /// What is to be stored belongs to another epoch than the folder's.
    case wrongEpoch(FolderID, expected: UIDValidity?, found: UIDValidity)
    /// The message is not in the index.
    case noSuchMessage(MessageID)
    /// The operation is not in the journal.
    case noSuchOperation(OperationID)
    /// The operation was sent: what it asks for cannot be changed any more.
    case operationIsSent(OperationID)
    /// The store was closed.
    case closed
}

extension MailStoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path, let pid):
            let holder = pid.map { "process \($0)" } ?? "another process"
            return "\(path) is in use by \(holder): unmount that mount first, or choose other directories"
        case .notPrivate(let path):
            return "\(path) can be reached by other users: make it yours alone (chown, chmod 700) or choose another"
        case .wrongAccount(let expected, let found):
            return "the directories hold \(found), not \(expected): choose other directories for this account"
        case .unsuitableFileSystem(let path, let kind):
            return "\(path) is on \(kind), where a database is not safe: choose a directory on a local disk"
        case .damagedState(let path, let underlying):
            return "\(path) is damaged (\(underlying)). It holds what the server cannot give again and is left as it "
                + "is: put a backup in its place, or move it away to start anew; given names are then lost"
        case .damagedCache(let path):
            return "\(path) is damaged: mount again, and it is set aside and filled from the server"
        case .newerSchema(let path):
            return "\(path) was written by a later version: use that version, or choose another directory"
        case .noSpace(let path):
            return "not enough free space on the disk of \(path)"
        case .io(let path, let code):
            return "\(path): \(FileError.text(code))"
        case .database(let code, let message):
            return "the index failed: \(message) (SQLite \(code))"
        case .noSuchFolder(let folder):
            return "folder \(folder.rawValue) does not exist"
        case .folderExists(let folder):
            return "folder \(folder.rawValue) has this name already"
        case .wrongEpoch(let folder, let expected, let found):
            return "folder \(folder.rawValue): UIDVALIDITY \(found) where \(expected?.description ?? "none") is stored"
        case .noSuchMessage(let message):
            return "message \(message.rawValue) does not exist"
        case .noSuchOperation(let operation):
            return "change \(operation.rawValue) does not exist"
        case .operationIsSent(let operation):
            return "change \(operation.rawValue) is on its way to the server"
        case .closed:
            return "the store is closed"
        }
    }
}

extension MailStoreError {
    /// A full disk or quota is `noSpace`.
    init(_ error: FileError) {
        self = error.isNoSpace ? .noSpace(path: error.path) : .io(path: error.path, code: error.code)
    }

    /// Runs `body`; errors of files are thrown in the store's words.
    static func naming<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as FileError {
            throw MailStoreError(error)
        }
    }
}
