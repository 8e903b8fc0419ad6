import Foundation
import IMAPValue
import MailModel

@testable import MailStore

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension MailStore {
    /// Records changes and returns them as operations.
    @discardableResult
    func record(_ changes: Change...) throws -> [MailModel.Operation] {
        var recorded: [MailModel.Operation] = []
        try record(changes.map { NewOperation($0) }) { recorded = $0 }
        return recorded
    }

    /// An entry that gives a message another id.
    func detach(_ id: MessageID, published: (AppliedBatch) -> Void) throws -> MessageID {
        let other = try newMessageID()
        try write(JournalEntry(detached: .init(id, as: other))) { $0.batches.forEach(published) }
        return other
    }

    /// Settles one operation and returns what was published.
    @discardableResult
    func settle(_ operation: MailModel.Operation, _ outcome: Settlement.Outcome) throws -> SettledChanges {
        var changes: SettledChanges?
        try settle([Settlement(operation.id, outcome)]) { changes = $0 }
        return try changes ?? { throw Missing() }()
    }

    /// A local file with these octets.
    func makeFile(
        _ folder: FolderID, _ name: String, _ content: [UInt8], _ purpose: LocalFile.Purpose = .upload
    ) throws -> LocalFile {
        let id = try newMessageID()
        try createSpool(of: id)
        let spool = try FileHandle(forWritingTo: URL(fileURLWithPath: spoolPath(of: id)))
        try spool.write(contentsOf: Data(content))
        try spool.close()
        let file = LocalFile(
            id: id, folder: folder, name: bytes(name), purpose: purpose, size: UInt64(content.count), modified: 77)
        try put(file) {}
        return file
    }

    func isSpooled(_ id: MessageID) -> Bool { FileManager.default.fileExists(atPath: spoolPath(of: id)) }
}

extension SettledChanges {
    func batch(_ folder: FolderID) -> AppliedBatch? { batches.first { $0.folder == folder } }
}
