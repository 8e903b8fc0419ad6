internal import Fuse
internal import MailModel
internal import MailService
internal import MailTree

/// How the kernel and the mount deal with each other about open files. What a call means is the same in both modes; by what it finds its
/// file, and who says that a file is whole, is not.
protocol AccessMode {
    /// As `status` says it.
    var name: String { get }

    // MARK: - Calls

    func open(_ id: MessageID, flags: Int32, _ caller: Caller) -> Answer<OpenReply>
    func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply>
    func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int>
    func setattr(
        _ id: MessageID, _ inode: Inode, _ handle: Handle?, _ change: SetAttributes
    ) -> Answer<TimedAttributes>
    func flush(_ handle: Handle) -> Answer<Void>
    /// Who asks for a file to be synchronised; nil for nobody.
    func use(of inode: Inode, _ handle: Handle) -> FileUse?
    /// - Throws: `notSupported` where reading and writing does it.
    func copyEnds(
        _ source: Inode, _ sourceHandle: Handle, _ target: Inode, _ targetHandle: Handle
    ) throws(Errno) -> CopyEnds
    /// The kernel keeps nothing of it any more.
    func forgotten(_ id: MessageID)

    // MARK: - Files that are written

    /// For what the journal has a file that becomes a message, as long as it is written.
    var purposeOfWritten: LocalFile.Purpose { get }
    /// A scratch file that is open is about to get another name.
    func renames(_ work: inout WrittenFile.Work, _ written: WrittenFile)

    // MARK: - What the kernel is told

    /// The size that is told of a message whose server claims this one.
    func told(claim: UInt64) -> UInt64
    /// Whether the kernel may keep that, of a server that has claimed right sizes only.
    func keeps(claim: UInt64) -> Bool
    /// Whether somebody who goes by the old size does not read what is there.
    func isMisled(by old: UInt64, where new: UInt64) -> Bool
    /// These messages are about to leave the tree, which is locked.
    func departed(_ batch: AppliedBatch, _ tree: MailTree)
}

/// A file and who has it open.
struct FileUse: Hashable, Sendable {
    var id: MessageID
    /// Whether each write is followed by fsync; nil where it is not open for writing.
    var isSynchronous: Bool?
}

/// A message that is to be copied whole, and a local file.
struct CopyEnds: Hashable, Sendable {
    var source: MessageID
    /// Octets.
    var size: UInt64
    var target: MessageID
}
