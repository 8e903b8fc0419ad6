import IMAPValue
import MailModel
import Synchronization
import Testing

@testable import MailService

@Suite struct ArrivalsTests {
    private let folder = FolderID(rawValue: 1)

    private func message(_ uid: UInt32, size: UInt64, id: String, more: String = "") -> Arrivals.Message {
        Arrivals.Message(
            id: MessageID(rawValue: Int64(uid)),
            metadata: MessageMetadata(
                uid: UID(uid) ?? .min, size: size, internalDate: 1, flags: Flags(),
                identity: MessageIdentity(high: 0, low: UInt64(uid)), identityIsProof: false,
                header: Array("\(id.isEmpty ? "" : "Message-ID: <\(id)>\r\n")\(more)\r\n".utf8)))
    }

    private func upload(_ number: Int64, from uid: UInt32) -> Operation {
        Operation(
            id: OperationID(rawValue: number),
            change: .append(
                MessageID(rawValue: number), to: folder, name: [],
                Upload(size: 1, sha256: [1], internalDate: 1, flags: Flags())),
            state: .sent, arrivesFrom: UID(uid), made: 1)
    }

    /// Thousands of uploads into one folder read it once, from the lowest UID on.
    @Test func aFolderIsReadOnce() throws {
        let reads = Mutex<[UInt32]>([])
        let messages = (100..<3_100).map { message($0, size: UInt64($0), id: "\($0)") }
        var arrivals = Arrivals(of: (1...3_000).map { upload($0, from: UInt32(3_100 - $0)) }) { _ in
            .first
        } load: { _, lowest in
            reads.withLock { $0.append(lowest.rawValue) }
            return messages
        }
        for message in messages {
            #expect(try arrivals.alike(to: message.metadata, in: folder) == [message.metadata])
            #expect(try arrivals.message(message.metadata.uid, in: folder)?.id == message.id)
        }
        #expect(reads.withLock { $0 } == [100])
    }

    @Test func anotherEpochIsReadAnew() throws {
        let epoch = Mutex(UIDValidity.first)
        let reads = Mutex(0)
        var arrivals = Arrivals(of: [upload(1, from: 1)]) { _ in
            epoch.withLock { $0 }
        } load: { _, _ in
            reads.withLock { $0 += 1 }
            return []
        }
        #expect(try arrivals.message(.min, in: folder) == nil)
        #expect(try arrivals.message(.min, in: folder) == nil)
        #expect(reads.withLock { $0 } == 1)
        epoch.withLock { $0 = UIDValidity(77) ?? .first }
        #expect(try arrivals.message(.min, in: folder) == nil)
        #expect(reads.withLock { $0 } == 2)
    }

    /// What a server changed in size it may have kept the header of, and the other way about.
    @Test func bySizeOrByHeader() throws {
        var arrivals = Arrivals(of: [upload(1, from: 1)]) { _ in
            .first
        } load: { _, _ in
            [message(9, size: 5, id: "other"), message(7, size: 8, id: "a"), message(8, size: 6, id: "b")]
        }
        let own = message(1, size: 5, id: "a").metadata
        #expect(try arrivals.alike(to: own, in: folder).map(\.uid.rawValue) == [7, 9])
    }

    /// A server that adds a Message-ID, or more, to what has none.
    @Test func byTheFieldsThatItHas() throws {
        var arrivals = Arrivals(of: [upload(1, from: 1)]) { _ in
            .first
        } load: { _, _ in
            [
                message(7, size: 8, id: "a", more: "Subject: x\r\n"),
                message(8, size: 6, id: "b", more: "Subject: y\r\n"),
            ]
        }
        let own = message(1, size: 5, id: "", more: "Subject: x\r\n").metadata
        #expect(try arrivals.alike(to: own, in: folder).map(\.uid.rawValue) == [7])
    }
}
