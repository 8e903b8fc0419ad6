import Testing

@testable import MailService

/// Files that are open for uploads at once.
@Suite struct SpoolAllowanceTests {
    @Test(arguments: [
        (0, 1), (64, 4), (1_024, 64), (4_096, 256), (524_288, 256), (UInt64.max, 256),
    ]) func leavesMostToOthers(limit: UInt64, count: Int) {
        #expect(SpoolAllowance.count(ofDescriptors: limit) == count)
    }
}
