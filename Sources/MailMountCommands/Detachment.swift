internal import ArgumentParser
internal import CLinux
internal import Foundation
internal import Glibc

/// Runs this command again in a session of its own and waits until its mount answers.
///
/// A new program rather than a fork: threads do not survive one.
enum Detachment {
    /// The descriptor under which the other process finds its end of the pipe.
    private static let ready: Int32 = 3
    /// And that of the one with the password.
    private static let secret: Int32 = 4

    /// - Parameter password: what was typed on the terminal, which the other process does not have. It goes through a pipe.
    /// - Throws: `ExitCode` when the mount failed, after the other process has said why.
    static func run(
        _ arguments: [String] = Array(CommandLine.arguments.dropFirst()), password: [UInt8]? = nil
    ) throws {
        let ends = try channel()
        let passwordEnds = try password.map { password in
            let ends = try channel()
            // It has room for more than any password (pipe(7)).
            write(ends.writing, password, min(password.count, 4_096))
            close(ends.writing)
            return ends
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends.writing, ready)
        if let passwordEnds { posix_spawn_file_actions_adddup2(&actions, passwordEnds.reading, secret) }
        // A lock or a pipe of the script that mounts would else be held for as long as the mount lives.
        posix_spawn_file_actions_addclosefrom_np(&actions, passwordEnds == nil ? secret : secret + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        ChildProcess.setUsualSignals(&attributes)
        posix_spawnattr_setflags(
            &attributes, mailmount_spawn_setsid | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = ["mailmount"] + arguments + ["--ready-descriptor", String(ready)]
        if passwordEnds != nil { words += ["--password-descriptor", String(secret)] }
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var child = pid_t()
        let result = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &argv, environ)
        close(ends.writing)
        if let passwordEnds { close(passwordEnds.reading) }
        guard result == 0 else { throw Failure("cannot detach: \(String(cString: strerror(result)))") }
        var byte: UInt8 = 0
        var count = read(ends.reading, &byte, 1)
        while count < 0, errno == EINTR { count = read(ends.reading, &byte, 1) }
        if count == 1 { return }
        // The end closed without a word: the process has ended, or is about to.
        var status: Int32 = 0
        waitpid(child, &status, 0)
        throw ExitCode(status & 0x7f == 0 ? (status >> 8) & 0xff : 1)
    }

    /// What the process that detached was told on its terminal.
    static func password(from descriptor: Int32) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 4_096)
        let count = read(descriptor, &octets, octets.count)
        close(descriptor)
        return Array(octets.prefix(max(0, count)))
    }

    /// A pipe whose ends are no number that the other process is to have, so that each can be duplicated there (posix_spawn closes
    /// the originals).
    private static func channel() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure("cannot detach: \(String(cString: strerror(errno)))") }
        let moved = ends.map { end in
            let high = fcntl(end, F_DUPFD_CLOEXEC, 10)
            close(end)
            return high
        }
        guard moved.allSatisfy({ $0 >= 0 }) else { throw Failure("cannot detach: \(String(cString: strerror(errno)))") }
        return (moved[0], moved[1])
    }
}
