import Foundation
import Glibc

@testable import Fuse

/// FuseTestFS in a process of its own.
final class Server: @unchecked Sendable {
    static let isPossible = access("/dev/fuse", R_OK | W_OK) == 0 && geteuid() == 0

    let mountpoint: String
    private let process = Process()
    private let input = Pipe()
    private let lines: Lines
    private let exited = DispatchSemaphore(value: 0)

    init(at mountpoint: String, _ words: [String] = []) throws {
        self.mountpoint = mountpoint
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("FuseTestFS")
        process.arguments = [mountpoint] + words
        process.standardInput = input
        process.standardOutput = output
        let exited = exited
        process.terminationHandler = { _ in exited.signal() }
        try process.runUnmasked()
        try output.fileHandleForWriting.close()
        lines = Lines(output.fileHandleForReading)
    }

    /// A fresh mount for the time of `body`; afterwards nothing of it is left, whatever happened.
    static func with(_ words: String..., body: (Server, String) throws -> Void) throws {
        let folder = try temporaryDirectory()
        defer { remove(folder) }
        let server = try Server(at: folder, words)
        defer { server.kill() }
        try server.waitFor("mounted")
        try body(server, folder)
    }

    static func temporaryDirectory() throws -> String {
        var template = Array("/tmp/fusetests.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw DeadlineMissed(description: "no temporary directory") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Aborts what is still mounted there, so that no client hangs, and takes it away.
    static func remove(_ folder: String) {
        while let mount = MountTable.current().top(at: folder) {
            let connection = mount.device.split(separator: ":").last ?? ""
            let abort = open("/sys/fs/fuse/connections/\(connection)/abort", O_WRONLY)
            if abort >= 0 {
                _ = write(abort, "1", 1)
                close(abort)
            }
            if umount2(folder, Int32(MNT_DETACH)) != 0 { break }
        }
        rmdir(folder)
    }

    @discardableResult
    func waitFor(_ beginning: String) throws -> String { try lines.wait(for: beginning) }

    /// Sends a command and waits until it is obeyed.
    func command(_ line: String) throws {
        try send(line)
        try waitFor("done " + line)
    }

    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    /// Waits for its end by itself.
    func waitForExit() throws -> Int32 {
        guard exited.wait(timeout: .now() + Deadline.seconds) == .success else {
            throw DeadlineMissed(description: "the server did not end")
        }
        exited.signal()
        return process.terminationStatus
    }

    func signal(_ number: Int32) {
        if process.isRunning { Glibc.kill(process.processIdentifier, number) }
    }

    func kill() {
        // A process that is gone keeps its number until it is waited for, which Foundation does before it says so.
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        _ = try? waitForExit()
    }

    /// Counts of requests since the last call, by operation.
    func counts() throws -> [String: Int] {
        try send("counts")
        let text = try waitFor("counts ")
        try waitFor("done counts")
        return text.split(separator: ";").reduce(into: [:]) { result, pair in
            let parts = pair.split(separator: "=")
            if let name = parts.first, let count = parts.last.flatMap({ Int($0) }) { result[String(name)] = count }
        }
    }
}
