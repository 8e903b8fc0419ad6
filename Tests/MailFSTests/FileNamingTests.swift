import IMAPValue
import MailModel
import MailTree
import Testing

@testable import MailFS

@Suite("Naming many messages")
struct FileNamingTests {
    private func message(_ number: UInt32, _ header: String) throws -> MessageMetadata {
        MessageMetadata(
            uid: try #require(UID(number)), size: 100, internalDate: 1_728_714_720 + Int64(number), flags: Flags(),
            identity: MessageIdentity(high: UInt64(number) << 40, low: 1), identityIsProof: false,
            header: Array(header.utf8))
    }

    @Test("gives each the name that it gets alone")
    func alike() throws {
        let long = String(repeating: "Long ", count: 60)
        let fields = [
            "From: Alice Example <alice@example.org>\r\n", "From: \"Bob, B.\" <bob@example.org>\r\n",
            "From: =?utf-8?Q?Bj=C3=B6rk?= <b@example.is>\r\n", "", "From:\r\n", "From: , ;\r\n",
            "From: \(long)<l@example.org>\r\n", "from: alice@example.org\r\n",
        ]
        let messages = try (0..<48).map { (number: Int) in
            let subject = "Subject: =?iso-8859-1?B?R3L832U=?= \(number)\r\n"
            return try message(UInt32(number + 1), fields[number * 5 % fields.count] + subject)
        }
        let naming = FileNaming(template: .standard)
        #expect(naming.names(for: messages) == messages.map { naming.name(for: $0, ordinal: 1) })
        #expect(Set(naming.names(for: messages)).count == messages.count)
    }
}
