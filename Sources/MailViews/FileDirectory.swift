internal import Fuse
internal import MailModel

/// A directory of a view whose files are the account's own, under other names: they have the inodes that they have there.
protocol FileDirectory: ViewDirectory {
    /// What is known at once of the message of that name.
    func message(named name: [UInt8]) -> MessageID?

    /// As the kernel is told of the file of that name, as far as it is known at once.
    func knownEntry(_ name: [UInt8]) -> Entry?

    func createFile(_ name: [UInt8], flags: Int32, _ caller: Caller) async throws -> CreateReply
    func makeFile(_ name: [UInt8], _ caller: Caller) async throws -> Entry
    /// Another name for a file, which keeps its first one until that is removed.
    func link(_ message: MessageID, as name: [UInt8], _ caller: Caller) async throws -> Entry
    func unlink(_ name: [UInt8], _ caller: Caller) async throws
    func rename(
        _ name: [UInt8], to target: any FileDirectory, as newName: [UInt8], isExclusive: Bool, _ caller: Caller
    ) async throws
    func makeDirectory(_ name: [UInt8], _ caller: Caller) async throws -> ViewNode
    func removeDirectory(_ name: [UInt8], _ caller: Caller) async throws
    /// Returns when its changes are durable.
    func synchronise() async throws
}
