internal import CFuse3
internal import Glibc

/// A request of the kernel. Whoever answers it must be the only one to do so, and it is gone afterwards.
struct Request: @unchecked Sendable {
    let pointer: fuse_req_t

    init(_ pointer: fuse_req_t) { self.pointer = pointer }

    var caller: Caller {
        guard let context = fuse_req_ctx(pointer) else { return Caller(uid: 0, gid: 0, pid: 0) }
        return Caller(uid: context.pointee.uid, gid: context.pointee.gid, pid: context.pointee.pid)
    }

    func fail(_ error: Errno) { _ = fuse_reply_err(pointer, error.rawValue) }
}
