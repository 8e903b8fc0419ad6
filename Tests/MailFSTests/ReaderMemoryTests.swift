import Fuse
import Glibc
import MailModel
import PosixFile
import Testing

@testable import MailFS
@testable import MailService

@Suite("What readers need where there are no handles")
struct ReaderMemoryTests {
    private let id = MessageID(rawValue: 5)

    private func attributes(_ size: UInt64 = 1) -> Attributes {
        Attributes(inode: 1, kind: .regularFile, permissions: 0o600, uid: 0, gid: 0, size: size)
    }

    @Test("a size that was wrong is an error until the kernel has been told the right one")
    func misjudged() {
        let memory = ReaderMemory()
        memory.told(id)
        #expect(!memory.isMisjudged(id))
        memory.misjudge(id)
        #expect(memory.isMisjudged(id) && !memory.isMisjudged(MessageID(rawValue: 6)))
        memory.told(MessageID(rawValue: 6))
        #expect(memory.isMisjudged(id))
        memory.told(id)
        #expect(!memory.isMisjudged(id))
    }

    @Test(
        "bodies that stay open leave most descriptors to others",
        arguments: [(0, 1), (64, 4), (256, 16), (1024, 32), (.max, 32)] as [(UInt64, Int)])
    func bodies(limit: UInt64, count: Int) throws {
        let body = OpenBody(try FileDescriptor(opening: "/dev/null", O_RDONLY))
        let memory = ReaderMemory(DescriptorReserve(limit: limit))
        for number in Int64(1)...100 { memory.keep(body, of: MessageID(rawValue: number)) }
        #expect((Int64(1)...100).count { memory.body(of: MessageID(rawValue: $0)) != nil } == count)
        #expect(memory.body(of: MessageID(rawValue: 100)) != nil)
    }

    @Test("a read that is repeated at once has the answer of the first, a later one tries again")
    func failures() {
        let memory = ReaderMemory()
        #expect(memory.recentFailure(of: id, at: .zero) == nil)
        memory.failed(id, with: .hostUnreachable, at: .zero)
        #expect(memory.recentFailure(of: id, at: .milliseconds(999)) == .hostUnreachable)
        #expect(memory.recentFailure(of: id, at: .seconds(1)) == nil)
        memory.failed(id, with: .ioError, at: .seconds(2))
        for number in Int64(10)..<5_000 { memory.failed(MessageID(rawValue: number), with: .ioError, at: .seconds(2)) }
        memory.failed(id, with: .timedOut, at: .seconds(2))
        #expect(memory.recentFailure(of: id, at: .seconds(2)) == .timedOut)
    }

    @Test("what has gone can be told of, the latest of them at least, until it is forgotten")
    func departures() {
        let memory = ReaderMemory()
        for number in 1...Int64(3 * ReaderMemory.departedLimit) {
            memory.depart(MessageID(rawValue: number), attributes(UInt64(number)))
        }
        let last = MessageID(rawValue: Int64(3 * ReaderMemory.departedLimit))
        #expect(memory.attributes(ofDeparted: last)?.size == UInt64(last.rawValue))
        #expect(memory.attributes(ofDeparted: MessageID(rawValue: 1)) == nil)
        memory.forget(last)
        #expect(memory.attributes(ofDeparted: last) == nil)
    }
}
