internal import Foundation
internal import Glibc
internal import PosixFile

/// Files that only their owner may read, replaced as a whole.
enum SecretFile {
    /// Durable before it returns: the new content under a name of its own, then renamed over the old one, which stays until then.
    ///
    /// - Parameters:
    ///   - path: its directory is made with mode 0700 where it is missing.
    ///   - keepsMode: a file that is there keeps the mode it has.
    /// - Throws: `Failure`.
    static func write(_ octets: [UInt8], to path: String, keepsMode: Bool = false) throws {
        let directory = (path as NSString).deletingLastPathComponent
        func failure(_ what: String) -> Failure { Failure("\(what): \(String(cString: strerror(errno)))") }
        if !FileManager.default.fileExists(atPath: directory) {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw Failure("cannot make \(directory): \(error.localizedDescription)")
            }
        }
        var template = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw failure("cannot write in \(directory)") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let temporary = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let file = FileDescriptor(descriptor: descriptor, path: temporary)
        var before = stat()
        let mode = keepsMode && stat(path, &before) == 0 ? before.st_mode & 0o777 : 0o600
        do {
            try octets.withUnsafeBytes { try file.write($0) }
            try file.setMode(mode)
            try file.synchronise()
        } catch {
            unlink(temporary)
            throw Failure("cannot write \(path): \(String(cString: strerror((error as? FileError)?.code ?? EIO)))")
        }
        guard rename(temporary, path) == 0 else {
            let error = failure("cannot write \(path)")
            unlink(temporary)
            throw error
        }
        try? FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY).synchronise()
    }
}
