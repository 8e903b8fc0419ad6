public import Fuse
internal import PosixFile

/// One call of a program, and how it ended.
public struct AuditRecord: Hashable, Sendable {
    /// A message as the server knows it.
    public struct Message: Hashable, Sendable {
        /// The folder's name, decoded.
        public var mailbox: String
        public var uid: UInt32

        public init(mailbox: String, uid: UInt32) {
            self.mailbox = mailbox
            self.uid = uid
        }
    }

    /// As in the manual's second section: `open`, `create`, `mkdir`, `rename`, `unlink`, `rmdir`, `truncate`, `setxattr`, …
    public var call: String
    /// Thread and user that made the call.
    public var caller: Caller
    /// The program's name as the kernel has it, at most 15 octets; nil where it has ended.
    public var program: String?
    /// In the mount, without a leading slash.
    public var path: [UInt8]
    /// Where it went, or what was set.
    public var detail: [UInt8]?
    /// nil where the path is no message that the server has.
    public var message: Message?
    /// nil: it was done.
    public var error: Errno?

    public init(
        call: String, caller: Caller, program: String?, path: [UInt8], detail: [UInt8]? = nil,
        message: Message? = nil, error: Errno? = nil
    ) {
        self.call = call
        self.caller = caller
        self.program = program
        self.path = path
        self.detail = detail
        self.message = message
        self.error = error
    }

    /// The name of a program that runs (proc(5), `comm`).
    public static func program(_ pid: Int32) -> String? {
        guard pid > 0, let descriptor = try? FileDescriptor(reading: "/proc/\(pid)/comm") else { return nil }
        var name = [UInt8](repeating: 0, count: 64)
        guard let count = try? name.withUnsafeMutableBytes({ try descriptor.read(at: 0, into: $0) }) else { return nil }
        return String(decoding: name.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
