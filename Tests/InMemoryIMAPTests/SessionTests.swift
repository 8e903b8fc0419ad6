import InMemoryIMAP
import Testing

/// What one session is told of the changes that others make.
@Suite struct SessionTests {
    @Test func expungesWaitForACommandThatMayCarryThem() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        server.expunge(1, in: "INBOX")
        server.deliver(mail("three"), to: "INBOX")
        // Sequence numbers stay: the message gone still counts.
        #expect(
            try client.run("FETCH 2 FLAGS") == [
                "* 2 FETCH (FLAGS ($Label))", "* 3 EXISTS", "* 0 RECENT", "OK FETCH completed",
            ])
        #expect(try client.run("FETCH 1 FLAGS") == ["OK [EXPUNGEISSUED] Some messages are gone"])
        #expect(try client.run("NOOP") == ["* 1 EXPUNGE", "OK NOOP completed"])
        #expect(try client.run("FETCH 1:* UID") == ["* 1 FETCH (UID 2)", "* 2 FETCH (UID 3)", "OK FETCH completed"])
    }

    @Test func everyExpungeIsNumberedAfterTheOneBefore() throws {
        let server = try makeServer()
        server.deliver([mail("3"), mail("4"), mail("5")], to: "INBOX")
        let client = try RawClient.loggedIn(server, select: "INBOX")
        server.expunge([1, 3, 4], in: "INBOX")
        #expect(try client.run("NOOP") == ["* 1 EXPUNGE", "* 2 EXPUNGE", "* 2 EXPUNGE", "OK NOOP completed"])
    }

    @Test func ownChangesAreToldToOthersOnly() throws {
        let server = try makeServer()
        let first = try RawClient.loggedIn(server, select: "INBOX")
        let second = try RawClient.loggedIn(server, select: "INBOX", enable: "CONDSTORE")
        #expect(try first.run("UID STORE 2 FLAGS.SILENT (\\Flagged)") == ["OK UID STORE completed"])
        #expect(try first.run("NOOP") == ["OK NOOP completed"])
        #expect(try second.run("NOOP") == ["* 2 FETCH (FLAGS (\\Flagged) MODSEQ (4))", "OK NOOP completed"])
        #expect(try second.run("NOOP") == ["OK NOOP completed"])
    }

    @Test func quickResynchronisationTellsWhatWasMissed() throws {
        let server = try makeServer()
        server.deliver([mail("3"), mail("4")], to: "INBOX")
        let client = try RawClient.loggedIn(server, enable: "QRESYNC")
        #expect(try client.run("SELECT INBOX (QRESYNC (1700000001 5))").contains { $0.contains("FETCH") } == false)
        server.expunge([1, 3], in: "INBOX")
        server.setFlags(["\\Seen"], of: 2, in: "INBOX")
        #expect(
            try client.run("NOOP") == [
                "* VANISHED 1,3", "* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (7))", "OK NOOP completed",
            ])
        let again = try client.run("SELECT INBOX (QRESYNC (1700000001 5 1:3))")
        #expect(again.first == "* OK [CLOSED] Previous folder closed")
        #expect(again.contains("* VANISHED (EARLIER) 1,3"))
        #expect(again.contains("* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (7))"))
        let other = try client.run("SELECT INBOX (QRESYNC (42 5))")
        #expect(!other.contains { $0.contains("VANISHED") || $0.contains("FETCH") })
        let vanished = try client.run("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5 VANISHED)")
        #expect(vanished.prefix(2) == ["* VANISHED (EARLIER) 1,3", "* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (7))"])
        #expect(
            try client.run("UID MOVE 2 Archive").dropLast() == ["* OK [COPYUID 1700000002 2 1] Moved", "* VANISHED 2"])
    }

    @Test func qresyncNeedsEnable() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server)
        #expect(try client.run("SELECT INBOX (QRESYNC (1700000001 5))").last?.hasPrefix("BAD") == true)
        #expect(try client.run("ENABLE QRESYNC X-NONE") == ["* ENABLED QRESYNC", "OK ENABLE completed"])
        try client.run("SELECT INBOX")
        #expect(try client.run("ENABLE CONDSTORE").last?.hasPrefix("BAD") == true)
    }

    @Test func idlePushesEverything() async throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        server.setFlags([], of: 1, in: "INBOX")
        try client.send("i IDLE\r\n")
        #expect(try client.line() == "+ idling")
        #expect(try client.line() == "* 1 FETCH (FLAGS ())")
        try await server.waitForIdle()
        #expect(server.observation.idling == ["INBOX"])
        server.deliver(mail("three"), to: "INBOX")
        #expect(try client.line() == "* 3 EXISTS")
        #expect(try client.line() == "* 0 RECENT")
        server.expunge(2, in: "INBOX")
        #expect(try client.line() == "* 2 EXPUNGE")
        let other = try RawClient.loggedIn(server, select: "INBOX")
        try other.run("UID STORE 3 +FLAGS (\\Seen)")
        #expect(try client.line() == "* 2 FETCH (FLAGS (\\Seen))")
        try client.send("DONE\r\n")
        #expect(try client.line() == "i OK IDLE completed")
        try await server.wait(for: "IDLE to end") { $0.idling.isEmpty }
    }

    @Test func notifyTellsOfOtherFolders() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        let set =
            "NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange)) "
            + "(PERSONAL (MessageNew MessageExpunge FlagChange MailboxName))"
        #expect(
            try client.run(set).dropLast() == [
                "* STATUS \"Archive\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000002 HIGHESTMODSEQ 1)",
                "* STATUS \"Work/Plans\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000004 HIGHESTMODSEQ 1)",
            ])
        server.deliver(mail("x"), to: "Archive")
        #expect(
            try client.line() == "* STATUS \"Archive\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000002 HIGHESTMODSEQ 2)")
        server.setFlags(["\\Seen"], of: 1, in: "Archive")
        #expect(
            try client.line() == "* STATUS \"Archive\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000002 HIGHESTMODSEQ 3)")
        server.deliver(mail("y"), to: "INBOX")
        #expect(try client.line() == "* 3 EXISTS")
        #expect(try client.line() == "* 0 RECENT")
        #expect(try client.line() == "* 3 FETCH (UID 3 FLAGS ())")
        server.expunge(1, in: "INBOX")
        #expect(try client.line() == "* 1 EXPUNGE")
        server.createFolder("New")
        #expect(try client.line() == "* LIST () \"/\" \"New\"")
        server.renameFolder("New", to: "Old")
        #expect(try client.line() == "* LIST () \"/\" \"Old\" (\"OLDNAME\" (\"New\"))")
        server.deleteFolder("Old")
        #expect(try client.line() == "* LIST (\\NonExistent) \"/\" \"Old\"")
        #expect(server.observation.notifying == 1)
        #expect(try client.run("NOTIFY NONE") == ["OK NOTIFY completed"])
        server.deliver(mail("z"), to: "Archive")
        #expect(try client.run("NOOP") == ["OK NOOP completed"])
    }

    @Test(arguments: [
        "NOTIFY SET (PERSONAL (MessageNew))", "NOTIFY SET (SELECTED (MailboxName))", "NOTIFY SET", "NOTIFY",
    ])
    func notifyRefuses(_ command: String) throws {
        let client = try RawClient.loggedIn(try makeServer(), select: "INBOX")
        #expect(try client.run(command).last?.hasPrefix("BAD") == true)
    }

    @Test func lostFolderEndsTheSession() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "Archive")
        server.deleteFolder("Archive")
        try client.send("a NOOP\r\n")
        #expect(client.rest() == "* BYE The selected folder is gone\r\n")
    }

    @Test func lostFolderMayAlsoBeEmptied() throws {
        var configuration = ServerConfiguration.full
        configuration.folderLost = .expunge
        let server = try makeServer(configuration)
        let client = try RawClient.loggedIn(server, select: "INBOX")
        let validity = server.changeUIDValidity(of: "INBOX", firstUID: 100)
        #expect(try client.run("NOOP") == ["* 1 EXPUNGE", "* 1 EXPUNGE", "OK NOOP completed"])
        #expect(try client.run("UID FETCH 1:* FLAGS").last?.hasPrefix("NO") == true)
        #expect(try client.run("SELECT INBOX").contains("* OK [UIDVALIDITY \(validity)] UIDs valid"))
        #expect(server.uids(in: "INBOX") == [100, 101])
    }

    @Test(arguments: [
        (ServerConfiguration.ExpungedElsewhere.nilBody, "* 1 FETCH (UID 1 BODY[] NIL)"),
        (.emptyBody, "* 1 FETCH (UID 1 BODY[] \"\")"),
        (
            .madeUp,
            "* 1 FETCH (UID 1 BODY[] {67}\r\nFrom: System Administrator\r\nSubject: message unavailable\r\n\r\nGone.\r\n)"
        ),
    ])
    func expungedElsewhere(_ way: ServerConfiguration.ExpungedElsewhere, _ line: String) throws {
        var configuration = ServerConfiguration.full
        configuration.expungedElsewhere = way
        let server = try makeServer(configuration)
        let client = try RawClient.loggedIn(server, select: "INBOX")
        server.expunge(1, in: "INBOX")
        let lines = try client.run("UID FETCH 1 BODY.PEEK[]")
        #expect(lines == [line, "* 1 EXPUNGE", "OK [EXPUNGEISSUED] Some messages are gone"])
    }

    @Test func readingWithoutPeekMarksAsSeen() throws {
        let server = try makeServer()
        let client = try RawClient.loggedIn(server, select: "INBOX")
        try client.run("UID FETCH 2 BODY.PEEK[]")
        #expect(server.flags(of: 2, in: "INBOX") == ["$Label"])
        try client.run("UID FETCH 2 BODY[]")
        #expect(server.flags(of: 2, in: "INBOX") == ["$Label", "\\Seen"])
        #expect(server.fetchedBodies == 2)
        #expect(server.observation.bodies.map(\.uid) == [2, 2])
    }

    @Test func sizesMayLie() throws {
        var configuration = ServerConfiguration.full
        configuration.sizeLie = { uid, size in uid == 2 ? size + 7 : size }
        let client = try RawClient.loggedIn(try makeServer(configuration), select: "INBOX")
        #expect(
            try client.run("UID FETCH 1:2 RFC822.SIZE").dropLast() == [
                "* 1 FETCH (UID 1 RFC822.SIZE 43)", "* 2 FETCH (UID 2 RFC822.SIZE 52)",
            ])
    }
}
