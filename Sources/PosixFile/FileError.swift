internal import Glibc

/// A call of the system that reaches a file.
public enum FileCall: String, Hashable, Sendable, CaseIterable {
    case open, duplicate, read, write, truncate, synchronise, rename, link, makeDirectory, setMode, status, lock
}

/// A call of the system that failed. `description` is for people.
public struct FileError: Error, Hashable, Sendable {
    public var call: FileCall
    public var path: String
    /// The errno.
    public var code: Int32

    public init(_ call: FileCall, _ path: String, code: Int32) {
        self.call = call
        self.path = path
        self.code = code
    }

    /// The disk is full, or the quota used up.
    public var isNoSpace: Bool { code == ENOSPC || code == EDQUOT }

    /// The process or the machine has no room for another open file now, or no memory: nothing is wrong with the file.
    public var isShortage: Bool { code == EMFILE || code == ENFILE || code == ENOMEM }

    /// The file would be larger than the file system can have it.
    public var isOfSize: Bool { code == EFBIG }
}

extension FileError: CustomStringConvertible {
    public var description: String { "\(path): \(FileError.text(code))" }

    /// What the system says of an errno.
    public static func text(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

/// Makes a call of the system, and makes it again when a signal interrupted it.
///
/// - Returns: what it returned, never -1.
@discardableResult
func calling<Result: SignedInteger>(
    _ call: FileCall, _ path: String, _ body: () -> Result
) throws(FileError) -> Result {
    #if DEBUG
        if let code = FileFaults.fault(call, path) { throw FileError(call, path, code: code) }
    #endif
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw FileError(call, path, code: code) }
    }
}
