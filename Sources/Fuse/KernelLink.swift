internal import CFuse3
internal import Glibc

/// libfuse's session. Valid from the mount until ``Session/run()`` ends; whoever uses it is stopped before that.
struct KernelLink: @unchecked Sendable {
    let session: OpaquePointer

    var descriptor: Int32 { fuse_session_fd(session) }

    /// - Returns: nil when the kernel took it.
    func send(_ notification: Notification) -> Errno? {
        let result: Int32
        switch notification {
        case .inode(let inode, let offset, let length):
            result = fuse_lowlevel_notify_inval_inode(session, inode, Int(offset), Int(length))
        case .entry(let parent, let name):
            result = name.withUnsafeBytes {
                fuse_lowlevel_notify_inval_entry(session, parent, $0.bindMemory(to: CChar.self).baseAddress, $0.count)
            }
        case .deleted(let parent, let child, let name):
            result = name.withUnsafeBytes {
                fuse_lowlevel_notify_delete(
                    session, parent, child, $0.bindMemory(to: CChar.self).baseAddress, $0.count)
            }
        case .everyEntry:
            return sendEpoch()
        }
        return result == 0 ? nil : Errno(-result)
    }

    /// FUSE_NOTIFY_INC_EPOCH, which this libfuse does not know: a header alone, with the code in place of the error.
    private func sendEpoch() -> Errno? {
        let header: (length: UInt32, code: Int32, unique: UInt64) = (16, 8, 0)
        return withUnsafeBytes(of: header) { write(descriptor, $0.baseAddress, $0.count) } < 0 ? .last : nil
    }
}
