import PosixFile
import Testing

@testable import MailFS

@Suite struct SpoolReserveTests {
    @Test(
        arguments: [(0, 0), (8 << 20, 512 << 10), (1 << 30, 64 << 20), (1 << 40, 64 << 20), (.max, 64 << 20)]
            as [(UInt64, UInt64)])
    func leavesRoomForTheJournal(_ capacity: UInt64, _ reserve: UInt64) {
        #expect(FileDescriptor.reserve(of: capacity) == reserve)
    }
}
