import MailModel
import MailSync
import Testing

@Suite struct DeferredFoldersTests {
    private static let folders = [1: "a", 2: "a/b", 3: "c", 4: "ab"]

    private func deferred(_ operations: [Operation], due: [Int64: Int64], now: Int64 = 100) -> DeferredFolders {
        DeferredFolders(
            operations, due: Dictionary(uniqueKeysWithValues: due.map { (folder($0), $1) }), now: now
        ) { id in
            Self.folders[Int(id.rawValue)].map { made(id.rawValue, $0) }
        }
    }

    @Test func untilItsTimeIsOver() {
        let deletion = op(1, .deleteFolder(folder(1)))
        let waits = deferred([deletion], due: [1: 101])
        #expect(waits.held == [operation(1)] && waits.operations == [operation(1)] && waits.nextDue == 101)
        #expect(deferred([deletion], due: [1: 100]) == .none)
        #expect(deferred([deletion], due: [3: 500]).operations == [])
    }

    /// What is above it, and what is to have its name.
    @Test func withWhatNeedsItsName() {
        let operations = [
            op(1, .deleteFolder(folder(2))), op(2, .deleteFolder(folder(1))), op(3, rename(3, to: "a")),
            op(4, .deleteFolder(folder(4))),
        ]
        let waits = deferred(operations, due: [2: 300, 4: 200])
        #expect(waits.held == [operation(1), operation(4)])
        #expect(waits.operations == Set((1...4).map { operation($0) }))
        #expect(waits.nextDue == 200)
        #expect(deferred(operations, due: [2: 300]).operations == Set((1...3).map { operation($0) }))
    }

    @Test func notWhatIsOnItsWayOrFailed() {
        #expect(deferred([op(1, .deleteFolder(folder(1)), .sent)], due: [1: 500]).operations == [])
        #expect(deferred([op(1, .deleteFolder(folder(1)), refused)], due: [1: 500]).operations == [])
    }
}
