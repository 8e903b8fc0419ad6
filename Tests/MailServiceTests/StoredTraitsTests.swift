import Foundation
import MailModel
import MailSync
import PosixFile
import Testing

@testable import MailService

@Suite struct StoredTraitsTests {
    private func file(_ text: String, in scratch: Scratch) throws -> FileDescriptor {
        let path = scratch.path + "/\(text.hashValue)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try FileDescriptor(reading: path)
    }

    static let own = "Message-ID: <1@x>\nDate: today\nSubject: a\n\ntext\n"
    static let others: [(String, StoredTraits.Relation)] = [
        (own, .sameMessage),
        ("X-Added: by the server\r\nMessage-ID: <1@x>\r\nDate: today\r\nSubject: a\r\n\r\ntext\r\n", .sameMessage),
        ("Message-ID: <1@x>\nDate: today\n\nanother\n", .similar),
        ("Message-ID: <1@x>\nDate: today\nSubject: b\n\ntext\n", .similar),
        ("Message-ID: <2@x>\nDate: today\nSubject: a\n\ntext\n", .different),
        ("Message-ID: <1@x>\nDate: tomorrow\n\nanother\n", .different),
        ("Message-ID: <2@x>\nDate: today\n\nanother\n", .different),
        ("Date: today\n\nanother\n", .different),
    ]

    @Test(arguments: others) func relation(text: String, relation: StoredTraits.Relation) throws {
        let scratch = try Scratch()
        let own = try StoredTraits(file(Self.own, in: scratch))
        #expect(try own.relation(ofStored: StoredTraits(file(text, in: scratch))) == relation)
    }
}
