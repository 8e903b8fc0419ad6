/// Who asks. All zero where the kernel asks on its own account, such as in writing back pages.
public struct Caller: Sendable, Hashable {
    public let uid: UInt32
    public let gid: UInt32
    /// The thread that made the call, as seen from this process's PID namespace; 0 when it is outside of it.
    public let pid: Int32

    public init(uid: UInt32, gid: UInt32, pid: Int32) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }
}
