import Foundation
import Glibc
import Testing

@testable import MailMountCommands

@Suite(.timeLimit(.minutes(1))) struct ChildProcessTests {
    private func shell(_ script: String, limit: Int = 1 << 20) throws -> (status: Int32, output: String) {
        let (status, output) = try ChildProcess.run("/bin/sh", ["-c", script], limit: limit)
        return (status, String(decoding: output, as: UTF8.self))
    }

    @Test(arguments: [("echo swordfish", 0, "swordfish\n"), ("printf x; exit 3", 3, "x"), ("kill -TERM $$", 143, "")])
    func saysWhatItPrintedAndHowItEnded(_ script: String, _ status: Int32, _ output: String) throws {
        let result = try shell(script)
        #expect(result.status == status)
        #expect(result.output == output)
    }

    /// An agent that a password command starts keeps the pipe open for as long as it lives.
    @Test func doesNotWaitForWhatStaysBehind() throws {
        let result = try shell("sleep 600 & echo $!")
        #expect(result.status == 0)
        let agent = try #require(pid_t(result.output.trimmingCharacters(in: .newlines)))
        #expect(kill(agent, 0) == 0)
        kill(agent, SIGKILL)
    }

    @Test func takesMoreThanAPipeHolds() throws {
        #expect(try shell("head -c 300000 /dev/zero").output.utf8.count == 300_000)
        #expect(try shell("head -c 300000 /dev/zero", limit: 1000).output.utf8.count == 1000)
    }

    @Test func inheritsNoBlockedSignalsAndNoInput() throws {
        #expect(try shell("grep SigBlk /proc/self/status").output.hasSuffix("\t0000000000000000\n"))
        #expect(try shell("cat").output.isEmpty)
    }

    @Test func givesInput() throws {
        let secret = Array("swordfish\n".utf8) + [0, 255]
        #expect(try ChildProcess.run("cat", [], input: secret).output == secret)
        #expect(throws: Failure.self) { try ChildProcess.run("cat", [], input: [UInt8](repeating: 1, count: 1 << 20)) }
        // What nobody reads stops nothing.
        #expect(try ChildProcess.run("true", [], input: secret).status == 0)
    }

    @Test func whatCannotBeStartedIsAFailure() {
        #expect(throws: Failure.self) { try ChildProcess.run("/nonexistent/program", []) }
    }
}
