import Testing

/// The check itself sees what it is meant to see.
@Suite(.serialized) struct ConductTests {
    @Test(arguments: [
        "a1 EXPUNGE", "a1 CLOSE", "a1 FETCH 1:* (FLAGS)", "a1 STORE 1 +FLAGS (\\Deleted)", "a1 SEARCH ALL",
        "a1 UID FETCH 1 (UID BODY[])", "a1 uid fetch 1:* body[header]", "a1 UID STORE 1 FLAGS ()",
        "a1 UID EXPUNGE 1", "a1 UID MOVE 1 Trash", "a1 UID FETCH 1 (RFC822)", "a1 UID FETCH 1 (ENVELOPE)",
        "a1 UID FETCH 1:2 (BODYSTRUCTURE)", "a1 UID FETCH * (BODYSTRUCTURE)", "a1 UID FETCH 1 (BINARY[1])",
        "a1 SELECT INBOX", "a1 DELETE Old", "a1 UID SEARCH ALL", "a1 COPY 1 x", "a1 APPEND INBOX {3}",
    ])
    func seesWhatIsPlanted(line: String) { #expect(Conduct.violations(in: ["a0 NOOP", line]) == [line]) }

    @Test(arguments: [
        "a1 EXPUNGE", "a1 CLOSE", "a1 FETCH 1 (FLAGS)", "a1 STORE 1 +FLAGS (\\Deleted)", "a1 COPY 1 x", "a1 MOVE 1 x",
        "a1 UID FETCH 1 (UID BODY[])", "a1 UID STORE 1:* +FLAGS (\\Deleted)", "a1 UID EXPUNGE 1:*", "a1 SEARCH ALL",
    ])
    func seesRecklessness(line: String) { #expect(Conduct.recklessness(in: ["a0 NOOP", line]) == [line]) }

    @Test(arguments: [
        "a1 UID MOVE 1:4 Work", "a1 UID EXPUNGE 1", "a1 UID STORE 1 +FLAGS.SILENT (\\Deleted)", "a1 SELECT INBOX",
        "a1 APPEND INBOX {3}", "a1 UID FETCH 7 (UID BODY.PEEK[])", "a1 DELETE Old",
    ])
    func leavesChangesAlone(line: String) { #expect(Conduct.recklessness(in: [line]).isEmpty) }

    @Test(arguments: [
        "a1 NOOP", "DONE", "a1 IDLE", "a1 EXAMINE INBOX (QRESYNC (1 2))", "a1 UID FETCH 1:* (UID FLAGS)",
        "a1 UID FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (DATE FROM)])",
        "a1 UID FETCH 7 (UID BODY.PEEK[])", "a1 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 7)", "a1 LIST \"\" *",
        "a1 LOGIN alice wonderland", "", "a1 UID FETCH 7 (UID RFC822.SIZE BODYSTRUCTURE)",
        "a1 UID FETCH 7 (UID BODY.PEEK[1.2])", "a1 UID FETCH 7 (UID BODY.PEEK[1.2.MIME])",
    ])
    func leavesTheRestAlone(line: String) { #expect(Conduct.violations(in: [line]).isEmpty) }
}
