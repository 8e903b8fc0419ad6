import Foundation

/// A program that uses the mount. The tests themselves never touch it: they could not be stopped.
final class Client: @unchecked Sendable {
    private let process = Process()
    private let output: Lines
    private let exited = DispatchSemaphore(value: 0)

    /// - Parameter script: for /bin/sh; `$1`, … are the arguments.
    init(_ script: String, _ arguments: [String]) throws {
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh"] + arguments
        process.environment = ["LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        let exited = exited
        process.terminationHandler = { _ in exited.signal() }
        try process.runUnmasked()
        try pipe.fileHandleForWriting.close()
        output = Lines(pipe.fileHandleForReading)
    }

    /// Runs to its end and gives status and lines.
    static func run(_ script: String, _ arguments: String...) throws -> (status: Int32, lines: [String]) {
        let client = try Client(script, arguments)
        let status = try client.wait()
        return (status, try client.output.all())
    }

    @discardableResult
    func waitFor(_ beginning: String) throws -> String { try output.wait(for: beginning) }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// - Returns: exit status, or the signal it died from, negative.
    func wait() throws -> Int32 {
        guard exited.wait(timeout: .now() + Deadline.seconds) == .success else {
            signal(SIGKILL)
            throw DeadlineMissed(description: "the client did not end")
        }
        exited.signal()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}

extension Process {
    /// Threads of the pool block signals, and a shell's background job ignores SIGINT; a child would keep both:
    /// Ctrl-C would not reach it.
    func runUnmasked() throws {
        var none = sigset_t()
        var before = sigset_t()
        signal(SIGINT, SIG_DFL)
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}
