import Testing

@testable import MailFS

@Suite struct AttributeNameTests {
    private func attribute(_ name: String) -> AttributeName? {
        Array(name.utf8).withUnsafeBytes { AttributeName($0) }
    }

    @Test(arguments: [
        "user.imap.flags", "user.gmail.labels", "user.imap.uid", "user.imap.uidvalidity", "user.imap.internaldate",
        "user.imap.mailbox",
        "user.imap.special-use", "user.mail.subject", "user.mail.from", "user.mail.date", "user.mail.message-id",
        "user.mailmount.state",
    ])
    func knowsTheAttributesOfTheContract(_ name: String) {
        #expect(attribute(name)?.rawValue == name)
    }

    @Test(arguments: [
        "", "user", "user.", "user.other", "user.imap", "user.imap.uid2", "user.imap.ui", "User.imap.uid",
        "security.selinux", "security.capability", "system.posix_acl_access", "trusted.imap.uid",
    ])
    func knowsNoOthers(_ name: String) {
        #expect(attribute(name) == nil)
    }

    @Test func readsBytesThatAreNoText() {
        let bytes = Array("user.".utf8) + [0xFF, 0xFE]
        #expect(bytes.withUnsafeBytes { AttributeName($0) } == nil)
    }
}
