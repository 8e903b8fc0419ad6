import Logging
import MailService
import MailSync
import Testing

@testable import MailMountCommands

@Suite struct AccountPlanTests {
    private func plan(_ options: String...) throws -> AccountPlan {
        // Whoever runs the tests may have a configuration file, and no password anywhere.
        try AccountPlan(
            account: "imaps://alice@localhost", configuration: nil,
            options: Settings.parse(mountOptions: options + ["password-file=/dev/null"]))
    }

    private func service(_ options: String...) throws -> ServiceConfiguration {
        try AccountPlan(
            account: "imaps://alice@localhost", configuration: nil,
            options: Settings.parse(mountOptions: options + ["password-file=/dev/null"])
        ).service(logger: Logger(label: "test"))
    }

    @Test func deletedMessagesAreExpungedAfterTenMinutes() throws {
        let configuration = try service()
        #expect(configuration.deletion == .expunge)
        #expect(configuration.expungeAfter == 600)
        #expect(!configuration.isReadOnly)
        #expect(try !plan().waitsForServer)
    }

    @Test(
        arguments: [("expunge", .expunge), ("trash", .trash), ("mark", .mark)] as [(String, DeletionPolicy)])
    func knowsPolicies(_ text: String, _ policy: DeletionPolicy) throws {
        #expect(try service("delete=\(text)").deletion == policy)
    }

    @Test(
        arguments: [
            ("0s", 0), ("0", 0), ("90s", 90), ("10m", 600), ("7d", 604_800), ("9223372036854775807", 3_155_760_000),
        ] as [(String, Int64)])
    func knowsWhenToExpunge(_ text: String, _ seconds: Int64) throws {
        #expect(try service("expunge-after=\(text)").expungeAfter == seconds)
    }

    @Test(
        arguments: [
            (nil, .standard), ("off", .off), ("none", .off), ("0", .messages(0)), ("5000", .messages(5_000)),
            ("9223372036854775807", .messages(.max)),
        ] as [(String?, DeletionLimit.Rule)])
    func knowsHowMuchIsDeletedAtOnce(_ text: String?, _ rule: DeletionLimit.Rule) throws {
        let configuration = try text.map { try service("delete-limit=\($0)") } ?? service()
        #expect(configuration.deletionLimit == rule)
    }

    @Test func changesWaitForTheServerWhereThatIsWanted() throws {
        #expect(try plan("sync-changes").waitsForServer)
        #expect(try !plan("sync-changes=false").waitsForServer)
    }

    @Test func readOnlyIsForTheServerToo() throws {
        #expect(try plan("ro").isReadOnly)
        #expect(try service("read-only").isReadOnly)
    }

    @Test(arguments: [
        ("delete=never", "--delete never: expunge, trash or mark"), ("delete=Trash", "--delete Trash: "),
        ("expunge-after=later", "--expunge-after later: "), ("expunge-after=-1", "--expunge-after -1: "),
        ("delete-limit=many", "--delete-limit many: a number of messages is expected, such as 5000, or off"),
        ("delete-limit=-1", "--delete-limit -1: "), ("delete-limit=+1", "--delete-limit +1: "),
        ("delete-limit=50%", "--delete-limit 50%: "), ("delete-limit=9223372036854775808", "--delete-limit 9223"),
    ])
    func refuses(_ option: String, _ reason: String) {
        let error = #expect(throws: UsageError.self) { try service(option) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
