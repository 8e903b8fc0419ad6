import MailSync
import Testing

@Suite struct FolderAbsenceTests {
    @Test(arguments: [(0, 1, false), (29, 1, false), (30, 1, true), (0, 2, true), (-5, 1, false)])
    func evidence(after seconds: Int64, over connection: Int, isEnough: Bool) {
        let absence = FolderAbsence(since: 1_000, connection: 1)
        #expect(absence.isConfirmed(at: 1_000 + seconds, over: connection) == isEnough)
    }
}
