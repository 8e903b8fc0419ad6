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

    private func equal(
        to digest: [UInt8], _ arrivals: inout Arrivals, size: UInt64 = 8, reads: inout [UInt32],
        _ during: () -> Void = {}
    ) throws -> UInt32? {
        while true {
            switch try arrivals.step(to: digest, size: size, in: folder, from: .min, isOwned: { _ in false }) {
            case .found(let uid): return uid.rawValue
            case .nowhere: return nil
            case .read(let uid):
                let message = try #require(try arrivals.message(uid, in: folder))
                reads.append(uid.rawValue)
                during()
                try arrivals.note(self.digest(uid.rawValue), of: message, in: folder)
            }
        }
    }

    private func digest(_ uid: UInt32) -> [UInt8] { Array("\(uid)".utf8) }

    /// The digest of a body is known until the UIDs mean others, be it while it is read.
    @Test func digestsBelongToTheEpoch() throws {
        let epoch = Mutex(UIDValidity.first)
        var arrivals = Arrivals(of: [upload(1, from: 1)]) { _ in
            epoch.withLock { $0 }
        } load: { _, _ in
            let base = Int64(epoch.withLock { $0 }.rawValue) * 10
            return [message(7, size: 8, id: "a"), message(8, size: 8, id: "b")].map {
                Arrivals.Message(id: MessageID(rawValue: base + Int64($0.metadata.uid.rawValue)), metadata: $0.metadata)
            }
        }
        var reads: [UInt32] = []
        #expect(try equal(to: digest(8), &arrivals, reads: &reads) == 8)
        #expect(try equal(to: digest(7), &arrivals, reads: &reads) == 7)
        #expect(reads == [7, 8])
        epoch.withLock { $0 = UIDValidity(77) ?? .first }
        #expect(try equal(to: digest(7), &arrivals, reads: &reads) == 7)
        #expect(reads == [7, 8, 7])
        let found = try equal(to: digest(8), &arrivals, reads: &reads) {
            epoch.withLock { $0 = UIDValidity(78) ?? .first }
        }
        #expect(found == 8)
        #expect(reads == [7, 8, 7, 8, 7, 8])
    }

    /// Thousands of uploads of one size among thousands of messages of that size: each body is read once, and a header that tells
    /// them apart leaves one to compare.
    @Test func asManyComparisonsAsMessages() throws {
        let messages = (1...2_000 as ClosedRange<UInt32>).map { message($0, size: 5, id: "\($0)") }
        var arrivals = Arrivals(of: [upload(1, from: 1)]) { _ in
            .first
        } load: { _, _ in
            messages
        }
        var reads: [UInt32] = []
        var compared = 0
        for number in (1...4_000 as ClosedRange<UInt32>).reversed() {
            let found = try equal(to: digest(number), &arrivals, size: 5, reads: &reads)
            #expect(found == (number <= 2_000 ? number : nil))
            compared += try arrivals.alike(to: message(1, size: 5, id: "\(number)").metadata, in: folder).count
        }
        #expect(reads.count == 2_000)
        #expect(compared == 2_000)
    }

    /// What a server changed in size it kept the Message-ID of. One of its size with another is another message.
    @Test func byMessageID() throws {
        var arrivals = Arrivals(of: [upload(1, from: 1)]) { _ in
            .first
        } load: { _, _ in
            [message(9, size: 5, id: "other"), message(7, size: 8, id: "a"), message(8, size: 6, id: "b")]
        }
        let own = message(1, size: 5, id: "a").metadata
        #expect(try arrivals.alike(to: own, in: folder).map(\.uid.rawValue) == [7])
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
