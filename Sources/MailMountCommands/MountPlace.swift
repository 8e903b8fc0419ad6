internal import Foundation
internal import Glibc

/// The directory that an account is to be mounted on.
struct MountPlace {
    /// Absolute.
    let path: String
    /// The configuration file names it, so it is made where it is missing.
    let isConfigured: Bool

    /// Makes a configured directory, and looks whether it can be mounted on. Says on standard error where it hides something.
    ///
    /// - Throws: `Failure` that says what to do.
    func prepare() throws {
        var status = stat()
        if stat(path, &status) != 0 {
            switch errno {
            case ENOENT where isConfigured:
                do {
                    try FileManager.default.createDirectory(
                        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                } catch {
                    throw Failure("cannot make the mountpoint \(path): \(error.localizedDescription)")
                }
                return
            // What is no UTF-8 was replaced when the command line was read.
            case ENOENT where path.contains("\u{FFFD}"):
                throw Failure("the name of \(path) is not UTF-8: choose a directory with another name")
            case ENOENT: throw Failure("\(path) does not exist: make it with mkdir -p '\(path)'")
            // A dead mount is taken away by whoever mounts there.
            case ENOTCONN: return
            default: throw Failure("\(path) cannot be used as a mountpoint: \(String(cString: strerror(errno)))")
            }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Failure("\(path) is not a directory: choose one, or make one with mkdir")
        }
        if let entry = Mounts.entries().first(where: { $0.mountpoint == path }) {
            guard Mounts.hasDied(path) else {
                throw Failure(
                    "\(path) is mounted already, with \(entry.account); mailmount unmount '\(path)' ends that")
            }
        } else if FileCheck.isOccupied(path) {
            StandardError.write(
                "mailmount: \(path) is not empty: what lies in it is hidden until it is unmounted")
        }
    }
}
