import ArgumentParser
import Testing

@testable import MailMountCommands

/// `retry`, `discard`, `undelete`: what may be written.
@Suite struct ChangeCommandTests {
    @Test func retryTakesAnyNumberOfChanges() throws {
        #expect(try RetryCommand.parse(["/mail"]).id == [])
        #expect(try RetryCommand.parse(["/mail", "3", "12"]).id == [3, 12])
    }

    @Test func releaseTakesAnyNumberOfDeletions() throws {
        #expect(try ReleaseCommand.parse(["/mail"]).id == [])
        #expect(try ReleaseCommand.parse(["/mail", "3", "12"]).id == [3, 12])
        #expect(throws: (any Error).self) { try ReleaseCommand.parse(["/mail", "INBOX/x.eml"]) }
    }

    /// Giving up everything by leaving something out would be too easy.
    @Test func discardWantsToKnowWhichChanges() throws {
        #expect(try DiscardCommand.parse(["/mail", "3", "12"]).id == [3, 12])
        #expect(throws: (any Error).self) { try DiscardCommand.parse(["/mail"]) }
    }

    @Test(arguments: ["three", "1.5", "-1", "INBOX/x.eml", "9223372036854775808"])
    func changesAreNumbers(_ text: String) {
        #expect(throws: (any Error).self) { try RetryCommand.parse(["/mail", text]) }
        #expect(throws: (any Error).self) { try DiscardCommand.parse(["/mail", text]) }
    }

    @Test func undeleteTakesAPattern() throws {
        #expect(try UndeleteCommand.parse(["/mail"]).pattern == nil)
        #expect(try UndeleteCommand.parse(["/mail", "*.eml"]).pattern == "*.eml")
        #expect(throws: (any Error).self) { try UndeleteCommand.parse(["/mail", "a.eml", "b.eml"]) }
    }

    @Test(arguments: [
        ("/home/alice/Mail/INBOX/x.eml", "INBOX/x.eml"), ("/home/alice/Mail/*", "*"), ("INBOX/*.eml", "INBOX/*.eml"),
        ("*.eml", "*.eml"), ("/home/alice/Mailbox/x.eml", "/home/alice/Mailbox/x.eml"),
        ("/home/alice/Mail", "/home/alice/Mail"),
    ])
    func pathsBelowTheMountpointAreUnderstood(_ pattern: String, _ wanted: String) {
        #expect(UndeleteCommand.relative(pattern, to: "/home/alice/Mail") == wanted)
    }
}
