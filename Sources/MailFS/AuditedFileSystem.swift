public import Fuse
internal import Glibc
internal import IMAPValue
internal import MailModel
internal import MailTree
public import MailViews
internal import PosixFile
internal import Synchronization

/// A file system whose opens and changes are written down as they are answered.
///
/// It needs one that is asked at each open (`MailFileSystem.init(isAskedAlways:)`). The record is made before the caller hears of the
/// outcome, on the thread or task that answers.
public final class AuditedFileSystem: FileSystem {
    let files: any FileSystem
    private let account: MailFileSystem
    private let views: ViewFileSystem?
    private let write: @Sendable (AuditRecord) -> Void
    /// Who opened a file for writing, by handle: its closes are recorded.
    private let written = Mutex<[Handle: AuditRecord]>([:])

    /// - Parameters:
    ///   - files: what is mounted.
    ///   - account: whose tree tells what its inodes are.
    ///   - views: which tell of theirs.
    public init(
        _ files: any FileSystem, account: MailFileSystem, views: ViewFileSystem? = nil,
        write: @escaping @Sendable (AuditRecord) -> Void
    ) {
        self.files = files
        self.account = account
        self.views = views
        self.write = write
    }

    // MARK: - Recording

    private func record(
        _ call: String, _ parent: Inode, _ name: UnsafeRawBufferPointer, detail: [UInt8]? = nil, _ caller: Caller
    ) -> AuditRecord {
        let directory = InodeNumber(rawValue: parent)
        let found =
            ViewFileSystem.isView(parent)
            ? views?.message(name, in: parent).map { InodeNumber($0) }
            : account.tree.withLock { $0.lookup(directory, name)?.inode }
        let above = path(of: parent)
        return record(
            call, (above.isEmpty ? [] : above + [UInt8(ascii: "/")]) + name, found?.rawValue, detail: detail,
            caller)
    }

    private func record(_ call: String, _ inode: Inode, detail: [UInt8]? = nil, _ caller: Caller) -> AuditRecord {
        record(call, path(of: inode), inode, detail: detail, caller)
    }

    private func record(
        _ call: String, _ path: [UInt8], _ inode: Inode?, detail: [UInt8]?, _ caller: Caller
    ) -> AuditRecord {
        AuditRecord(
            call: call, caller: caller, program: AuditRecord.program(caller.pid), path: path, detail: detail,
            message: message(of: inode))
    }

    /// As the server knows it; nil where it is none, or not there yet.
    private func message(of inode: Inode?) -> AuditRecord.Message? {
        let id = inode.flatMap {
            ViewFileSystem.isView($0) ? views?.source(of: $0) : InodeNumber(rawValue: $0).message
        }
        guard let id, let found = account.tree.withLock({ $0.message(id) }), let uid = found.summary.uid,
            let folder = found.folder
        else { return nil }
        return AuditRecord.Message(mailbox: folder.displayName, uid: uid.rawValue)
    }

    private func path(of inode: Inode) -> [UInt8] {
        let path =
            ViewFileSystem.isView(inode)
            ? views?.path(of: inode) : account.tree.withLock { $0.path(of: InodeNumber(rawValue: inode)) }
        return Array((path ?? []).joined(separator: [UInt8(ascii: "/")]))
    }

    /// - Parameter made: what was changed, where the answer tells.
    private func audited<Value>(
        _ record: AuditRecord, _ answer: Answer<Value>,
        done: @escaping @Sendable (Value) -> Void = { _ in },
        made: @escaping @Sendable (Value) -> Inode? = { _ in nil }
    ) -> Answer<Value> {
        let ended = { @Sendable [self] (error: Errno?, value: Value?) in
            var record = record
            record.error = error
            if let inode = value.flatMap(made) { record.message = message(of: inode) }
            write(record)
        }
        let following = { @Sendable (operation: @Sendable () async throws -> Value) async throws -> Value in
            do {
                let value = try await operation()
                done(value)
                ended(nil, value)
                return value
            } catch {
                ended(error is CancellationError ? .interrupted : Errno(error), nil)
                throw error
            }
        }
        switch answer {
        case .now(let value):
            done(value)
            ended(nil, value)
            return answer
        case .failed(let error):
            // No failure: it is how the kernel asks whether it need not ask.
            if error != .noSystemCall { ended(error, nil) }
            return answer
        case .later(let operation): return .later { try await following(operation) }
        case .uninterruptible(let operation): return .uninterruptible { try await following(operation) }
        case .waiting(let wait, let then):
            return .waiting {
                do {
                    try await wait()
                    try Task.checkCancellation()
                } catch {
                    ended(error is CancellationError ? .interrupted : Errno(error), nil)
                    throw error
                }
            } then: { [self] in
                audited(record, then(), done: done, made: made)
            }
        }
    }

    // MARK: - Opens and changes

    public func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        let isWriting = flags & O_ACCMODE != O_RDONLY
        let record = record("open", inode, detail: Array((isWriting ? "write" : "read").utf8), caller)
        return audited(record, files.open(inode, flags: flags, caller)) { [self] reply in
            if isWriting { began(record, reply.handle) }
        }
    }

    public func create(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller
    ) -> Answer<CreateReply> {
        let record = record("create", parent, name, caller)
        return audited(record, files.create(parent, name, mode: mode, flags: flags, caller)) { [self] reply in
            began(record, reply.open.handle)
        }
    }

    private func began(_ record: AuditRecord, _ handle: Handle) {
        var close = record
        close.call = "close"
        close.detail = nil
        written.withLock { $0[handle] = close }
    }

    public func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> {
        let answer = files.flush(inode, handle)
        guard let record = written.withLock({ $0[handle] }) else { return answer }
        return audited(record, answer)
    }

    public func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> {
        written.withLock { $0[handle] = nil }
        return files.release(inode, handle, flags: flags)
    }

    public func setattr(
        _ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller
    ) -> Answer<TimedAttributes> {
        // Modes, owners and times of messages are the mount's.
        guard let size = change.size else { return files.setattr(inode, handle, change, caller) }
        return audited(
            record("truncate", inode, detail: Array("\(size)".utf8), caller),
            files.setattr(inode, handle, change, caller))
    }

    public func mknod(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller
    ) -> Answer<Entry> {
        audited(record("mknod", parent, name, caller), files.mknod(parent, name, mode: mode, device: device, caller))
    }

    public func mkdir(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, _ caller: Caller
    ) -> Answer<Entry> {
        audited(record("mkdir", parent, name, caller), files.mkdir(parent, name, mode: mode, caller))
    }

    public func symlink(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        audited(
            record("symlink", parent, name, detail: Array(target), caller),
            files.symlink(parent, name, target: target, caller), made: { $0.inode })
    }

    public func link(
        _ inode: Inode, _ newParent: Inode, _ newName: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        audited(record("link", newParent, newName, caller), files.link(inode, newParent, newName, caller))
    }

    public func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        audited(record("unlink", parent, name, caller), files.unlink(parent, name, caller))
    }

    public func rmdir(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        audited(record("rmdir", parent, name, caller), files.rmdir(parent, name, caller))
    }

    public func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void> {
        let target = record("rename", newParent, newName, caller).path
        return audited(
            record("rename", parent, name, detail: target, caller),
            files.rename(parent, name, newParent, newName, flags: flags, caller))
    }

    public func copyFileRange(
        _ source: Inode, _ sourceHandle: Handle, sourceOffset: Int64, _ target: Inode, _ targetHandle: Handle,
        targetOffset: Int64, count: Int, flags: Int32
    ) -> Answer<Int> {
        let answer = files.copyFileRange(
            source, sourceHandle, sourceOffset: sourceOffset, target, targetHandle, targetOffset: targetOffset,
            count: count, flags: flags)
        guard var record = written.withLock({ $0[targetHandle] }), sourceOffset == 0 else { return answer }
        record.call = "copy_file_range"
        record.detail = path(of: source)
        return audited(record, answer)
    }

    public func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32,
        _ caller: Caller
    ) -> Answer<Void> {
        audited(
            record("setxattr", inode, detail: name + [UInt8(ascii: "=")] + value, caller),
            files.setxattr(inode, name, value, flags: flags, caller))
    }

    public func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        audited(record("removexattr", inode, detail: Array(name), caller), files.removexattr(inode, name, caller))
    }
}
