import Fuse
import Glibc
import InMemoryIMAP
import MailModel
import MailTree
import PosixFile
import Synchronization
import Testing

@testable import MailFS

@Suite("Descriptors that programs cannot use up")
struct DescriptorReserveTests {
    @Test(
        "are a quarter of few, and not more of many",
        arguments: [(0, 0, 0), (256, 64, 64), (1024, 64, 128), (.max, 64, 128)] as [(UInt64, UInt64, Int)])
    func count(limit: UInt64, count: UInt64, crowd: Int) {
        let reserve = DescriptorReserve(limit: limit)
        #expect(reserve.count == count && reserve.crowd == crowd)
        #expect(reserve.holds(Int32(clamping: limit - count)) == (limit < UInt64(Int32.max)))
        if limit > 0 { #expect(!reserve.holds(Int32(clamping: limit - count - 1))) }
    }

    @Test("what would hold one is refused, and nothing is left of it", arguments: [false, true])
    func refused(isFast: Bool) async throws {
        let server = try InMemoryServer(.full)
        _ = server.deliver(WithoutKernel.letter(7), to: "INBOX")
        try await Calls.run(server, isFast: isFast) { calls, folder in
            let message = try WithoutKernel.first(in: folder, of: calls.files)
            let before = try await calls.create("before.eml", in: folder)
            calls.files.reserve.withLock { $0 = DescriptorReserve(limit: 0) }
            await #expect(throws: Errno(ENFILE)) { _ = try await calls.create("a.eml", in: folder) }
            #expect(calls.files.find(InodeNumber(folder), Array("a.eml".utf8)) == nil)
            if !isFast {
                await #expect(throws: Errno(ENFILE)) { _ = try await calls.open(message.id, flags: O_RDONLY) }
            }
            // What is open goes on.
            try await calls.write(WithoutKernel.letter(1), before)
            calls.files.reserve.withLock { $0 = .ofProcess }
            _ = try await calls.create("a.eml", in: folder)
        }
    }

    @Test("a want is no fault of the file", arguments: [(EMFILE, ENFILE), (ENFILE, ENFILE), (ENOMEM, ENOMEM)])
    func number(code: Int32, number: Int32) {
        #expect(Errno(FileError(.open, "/x", code: code)) == Errno(number))
    }
}
