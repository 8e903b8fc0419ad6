import InMemoryIMAP
import Testing

@Suite struct LifecycleTests {
    @Test func mailOutlivesAStop() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        let port = server.port
        server.stop()
        server.stop()
        #expect(client.isClosed())
        #expect(throws: RawClient.Closed.self) { try RawClient(server) }
        try server.start()
        try server.start()
        #expect(server.port == port)
        #expect(
            try RawClient.loggedIn(server).run("STATUS INBOX (MESSAGES)").first == "* STATUS \"INBOX\" (MESSAGES 2)")
        #expect(server.observation.accepted == 2)
    }

    @Test func cutEndsEveryWait() async throws {
        let server = try makeServer()
        let idle = try RawClient.loggedIn(server, select: "INBOX")
        let stalled = try RawClient.loggedIn(server)
        let rule = server.install(Misbehaviour(on: "NOOP", .stall))
        try idle.send("a IDLE\r\n")
        try stalled.send("a NOOP\r\n")
        try await server.waitForIdle()
        try await server.waitForFiring(rule)
        server.cutConnections()
        #expect(idle.isClosed() && stalled.isClosed())
        #expect(server.observation.open == 0)
        server.behave()
        #expect(try RawClient.loggedIn(server).run("NOOP") == ["OK NOOP completed"])
    }

    @Test func sessionLimit() throws {
        var configuration = ServerConfiguration.full
        configuration.sessionLimit = 1
        let server = try makeServer(configuration)
        let first = try RawClient.loggedIn(server)
        #expect(try RawClient(server).run("LOGIN alice wonderland").last?.hasPrefix("NO [LIMIT]") == true)
        #expect(try first.run("NOOP") == ["OK NOOP completed"])
    }

    @Test func transcriptAndCounters() async throws {
        let server = try makeServer(.minimal)
        let client = try RawClient.loggedIn(server)
        try client.send("a APPEND INBOX () {2}\r\n")
        _ = try client.line()
        try client.send("xy\r\n")
        _ = try client.answer("a")
        try await server.wait(for: "APPEND") { $0.count("APPEND") == 1 }
        let lines = server.transcript.map(\.description)
        #expect(
            lines == [
                "1 S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] InMemoryIMAP ready", "1 C: t1 LOGIN alice wonderland",
                "1 S: t1 OK [CAPABILITY IMAP4rev1] Logged in", "1 C: a APPEND INBOX () {2}", "1 S: + Go ahead",
                "1 C: ", "1 S: a OK APPEND completed",
            ])
        #expect(
            server.observation.bytesSent == lines.filter { $0.hasPrefix("1 S") }.reduce(0) { $0 + $1.utf8.count - 3 })
        await #expect(throws: ConditionNotMet.self) {
            try await server.wait(for: "never", seconds: 0) { _ in false }
        }
    }

    @Test func authenticateInTwoSteps() throws {
        var configuration = ServerConfiguration.minimal
        configuration.mechanisms = ["PLAIN", "LOGIN", "XOAUTH2"]
        let server = try makeServer(configuration)
        let plain = try RawClient(server)
        try plain.send("a AUTHENTICATE PLAIN\r\n")
        #expect(try plain.line() == "+ ")
        try plain.send("*\r\n")
        #expect(try plain.answer("a").last?.hasPrefix("BAD") == true)
        try plain.send("b AUTHENTICATE PLAIN\r\n")
        _ = try plain.line()
        try plain.send("AGFsaWNlAHdvbmRlcmxhbmQ=\r\n")
        #expect(try plain.answer("b").last?.hasPrefix("OK") == true)
        let login = try RawClient(server)
        #expect(try login.run("AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=").last?.hasPrefix("BAD") == true)
        try login.send("a AUTHENTICATE LOGIN\r\n")
        #expect(try login.line() == "+ VXNlcm5hbWU6")
        try login.send("YWxpY2U=\r\n")
        #expect(try login.line() == "+ UGFzc3dvcmQ6")
        try login.send("d29uZGVybGFuZA==\r\n")
        #expect(try login.answer("a").last?.hasPrefix("OK") == true)
    }

    @Test func greetsAuthenticated() throws {
        var configuration = ServerConfiguration.minimal
        configuration.greetsAuthenticated = true
        let server = try makeServer(configuration)
        let client = try RawClient(server, greeting: false)
        #expect(try client.line().hasPrefix("* PREAUTH "))
        #expect(server.observation.authenticated == 1)
        #expect(try client.run("SELECT INBOX").last == "OK [READ-WRITE] Selected")
    }

    /// Many sessions moving the same mail to and fro: nothing is lost, nothing is doubled.
    @Test func sessionsAreSafeTogether() async throws {
        let server = try makeServer()
        server.deliver((0..<50).map { mail("m\($0)") }, to: "Archive")
        let before = Set(server.messages(in: "Archive").map(\.emailID))
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    do {
                        let client = try RawClient.loggedIn(server)
                        for round in 0..<10 {
                            let here = (worker + round).isMultiple(of: 2)
                            try client.run("SELECT \(here ? "Archive" : "Work/Plans")")
                            let answer = try client.run("UID MOVE 1:* \(here ? "Work/Plans" : "Archive")")
                            #expect(answer.last?.hasPrefix("OK") == true)
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        let after = server.messages(in: "Archive") + server.messages(in: "Work/Plans")
        #expect(after.count == 50)
        #expect(Set(after.map(\.emailID)) == before)
        for folder in ["Archive", "Work/Plans"] {
            #expect(server.uids(in: folder) == server.uids(in: folder).sorted())
        }
    }
}
