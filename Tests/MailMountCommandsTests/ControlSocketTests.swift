import Foundation
import Glibc
import Testing

@testable import MailMountCommands

@Suite(.timeLimit(.minutes(1))) struct ControlSocketTests {
    /// A socket that somebody has connected to.
    private func visited() throws -> (listening: ControlSocket, client: ControlSocket) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let listening = try ControlSocket.listening(at: directory + "/control")
        return (listening, try ControlSocket.connected(to: directory + "/control"))
    }

    /// Both ends of a connection.
    private func pair() throws -> (client: ControlSocket, server: ControlSocket) {
        let (listening, client) = try visited()
        return (client, try #require(listening.accept()))
    }

    /// For want of descriptors or memory a connection is taken later, and so are all that follow.
    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM, EINTR, ECONNABORTED])
    func aConnectionThatCannotBeTakenNow(code: Int32) throws {
        let (listening, client) = try visited()
        var failures = 2
        let server = listening.accept { descriptor in
            failures -= 1
            return failures < 0 ? Glibc.accept(descriptor, nil, nil) : -code
        }
        try client.send(ControlRequest(operation: .status))
        #expect(try server?.receive(ControlRequest.self)?.operation == .status)
    }

    @Test func nobodyComesAfterTheEnd() throws {
        let (listening, _) = try visited()
        _ = try #require(listening.accept())
        listening.shutDown()
        #expect(listening.accept() == nil)
    }

    @Test func requestsArriveWhole() throws {
        let (client, server) = try pair()
        try client.send(ControlRequest(operation: .unmount, patience: 90))
        try client.send(ControlRequest(operation: .discard, changes: [3, .max]))
        try client.send(ControlRequest(operation: .undelete, pattern: "日本\n*.eml"))
        let unmount = try #require(try server.receive(ControlRequest.self))
        #expect(unmount.operation == .unmount && unmount.patience == 90)
        let discard = try #require(try server.receive(ControlRequest.self))
        #expect(discard.operation == .discard && discard.changes == [3, .max])
        let undelete = try #require(try server.receive(ControlRequest.self))
        #expect(undelete.operation == .undelete && undelete.pattern == "日本\n*.eml")
    }

    /// What the last answer says, after any progress.
    @Test func asksUntilTheLastAnswer() throws {
        let (client, server) = try pair()
        try server.send(ControlReply.progress(done: 1, total: 2))
        try server.send(ControlReply.unmounting(waiting: 3, blocked: 1, held: 2))
        var steps: [Int] = []
        let reply = try Mounts.ask(client, ControlRequest(operation: .unmount), of: "/mail") { done, _ in
            steps.append(done)
        }
        #expect(steps == [1])
        guard case .unmounting(let waiting, let blocked, let held) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(waiting == 3 && blocked == 1 && held == 2)
    }

    @Test func anAnswerThatIsAFailureIsThrown() throws {
        let (client, server) = try pair()
        try server.send(ControlReply.failed("no change 7 has failed"))
        let error = #expect(throws: Failure.self) {
            try Mounts.ask(client, ControlRequest(operation: .retry, changes: [7]), of: "/mail")
        }
        #expect(error?.description == "no change 7 has failed")
    }
}
