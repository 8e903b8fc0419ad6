internal import CLinux
internal import Glibc

/// Runs another program and gathers what it prints.
///
/// Its end is the end of that process alone: what it leaves running (an agent, a server) is not waited for, even where that
/// still holds the other end of the pipe.
enum ChildProcess {
    /// - Parameters:
    ///   - path: looked for in PATH where it has no slash.
    ///   - input: what it reads on standard input, at most 64 KiB; nothing without it.
    ///   - environment: what it has besides ours.
    ///   - isQuiet: what it says on standard error is dropped.
    ///   - limit: octets of output; more are not kept.
    /// - Returns: what it wrote to standard output, and its exit status, or 128 and the number of the signal that ended it.
    /// - Throws: `Failure` where it cannot be started.
    static func run(
        _ path: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
        isQuiet: Bool = false,
        limit: Int = 1 << 20
    ) throws -> (status: Int32, output: [UInt8]) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(ends[0]) }
        let child: pid_t
        do {
            defer { close(ends[1]) }
            let reading = try input.isEmpty ? nil : pipe(holding: input)
            defer { if let reading { close(reading) } }
            child = try start(path, arguments, input: reading, output: ends[1], environment, isQuiet: isQuiet)
        }
        var output: [UInt8] = []
        var status: Int32 = 0
        var hasEnded = false
        while true {
            var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            // An end of file comes at once; only a pipe that others hold open has the loop go round.
            if poll(&waiting, 1, hasEnded ? 0 : 50) > 0 {
                var chunk = [UInt8](repeating: 0, count: 4096)
                let count = read(ends[0], &chunk, chunk.count)
                if count > 0 {
                    output += chunk.prefix(min(count, max(0, limit - output.count)))
                    continue
                }
                if count == 0 || errno != EINTR { break }
            } else if hasEnded {
                break
            } else {
                hasEnded = waitpid(child, &status, WNOHANG) == child
            }
        }
        while !hasEnded { hasEnded = waitpid(child, &status, 0) == child || errno != EINTR }
        let signal = status & 0x7F
        return (signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output)
    }

    /// - Returns: the reading end of a pipe that has all of it (a pipe has room for 64 KiB, pipe(7)) and then ends.
    private static func pipe(holding input: [UInt8]) throws -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure("no pipe: \(String(cString: strerror(errno)))") }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let written = write(ends[1], input, input.count)
        close(ends[1])
        guard written == input.count else {
            close(ends[0])
            throw Failure("too much for another program's input")
        }
        return ends[0]
    }

    private static func start(
        _ path: String, _ arguments: [String], input: Int32?, output: Int32, _ environment: [String: String],
        isQuiet: Bool
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        if isQuiet { posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        setUsualSignals(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var words: [UnsafeMutablePointer<CChar>?] = []
        defer { words.forEach { free($0) } }
        for (name, value) in environment { words.append(strdup("\(name)=\(value)")) }
        var envp = words
        var own = environ
        while let word = own.pointee {
            // What stands first counts.
            envp.append(word)
            own += 1
        }
        envp.append(nil)
        var child = pid_t()
        let result = posix_spawnp(&child, path, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw Failure("cannot run \(path): \(String(cString: strerror(result)))") }
        return child
    }

    /// Threads of a pool block signals and this program ignores SIGPIPE; a child would inherit both.
    static func setUsualSignals(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
    }
}
