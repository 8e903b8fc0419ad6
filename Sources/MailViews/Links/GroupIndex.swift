internal import Fuse
internal import MailModel

/// A directory of a group.
struct IndexedDirectory {
    var name: [UInt8]
    /// In seconds since 1970; nil where its messages do not tell.
    var modified: Int64?
}

/// The directories of a group as the messages of an account make them now.
protocol GroupIndex: Sendable {
    /// - Throws: `Errno`.
    func listing(in account: any ViewedAccount) async throws -> ViewListing
    /// The directory that is meant by a name; nil where there is no such one.
    ///
    /// - Throws: `Errno`.
    func find(_ name: [UInt8], in account: any ViewedAccount) async throws -> IndexedDirectory?
    /// - Throws: `Errno`.
    func messages(of name: [UInt8], in account: any ViewedAccount) async throws -> Set<MessageID>
}

/// The messages of one directory of a group.
struct IndexSelection: MessageSelection {
    let index: any GroupIndex
    /// As the index gives it.
    let name: [UInt8]

    func messages(of account: any ViewedAccount) async throws -> [FoundMessage] {
        try await account.found(among: try await index.messages(of: name, in: account))
    }
}
