import IMAPValue
import MailModel
import MailSync
import Testing

/// Deletions that wait for somebody, and what waits for them.
@Suite struct HeldOperationsTests {
    /// Message and folder of the same number: message 23 is in folder 2.
    private static func home(_ id: MessageID) -> FolderID? { id.rawValue < 10 ? nil : folder(id.rawValue / 10) }
    private static let folders: [Int64: String] = [1: "a", 2: "a/b", 3: "c", 4: "ab", 9: "trash"]
    private static func folderNamed(_ id: FolderID) -> Folder? {
        folders[id.rawValue].map { made(id.rawValue, $0) }
    }

    private func held(_ operations: [Operation]) -> Set<Int64> {
        Set(
            HeldOperations(operations, home: Self.home, folder: Self.folderNamed).operations.map(\.rawValue))
    }

    private func sent(_ operations: [Operation]) -> [Int64] {
        SendPlan(operations: operations, now: 0, home: Self.home, folder: Self.folderNamed)
            .batches.flatMap(\.operations).map(\.id.rawValue)
    }

    @Test func aHeldDeletionIsNotSent() {
        let operations = [
            op(1, .delete(message(21))), op(2, .delete(message(22)), held: true), op(3, .delete(message(23))),
            op(4, move(24, to: 9), held: true), op(5, move(25, to: 9)),
        ]
        #expect(sent(operations) == [1, 3, 5])
        #expect(held(operations) == [2, 4])
    }

    @Test func nothingIsHeldWhereNoneIs() {
        #expect(held([op(1, .delete(message(21))), op(2, .deleteFolder(folder(2)))]) == [])
        // What was sent, or has failed, is not held by a mark of before.
        #expect(held([op(1, .delete(message(21)), .sent, held: true)]) == [])
        #expect(held([op(1, .delete(message(21)), refused, held: true)]) == [])
    }

    /// `rm -r`: a folder goes when its mail has gone, and those above it when it has.
    @Test(arguments: [true, false]) func itsFolderWaits(byMoving: Bool) {
        let removal = { (id: Int64) in byMoving ? move(id, to: 9) : Change.delete(message(id)) }
        let operations = [
            op(1, removal(21)), op(2, removal(22), held: true), op(3, .deleteFolder(folder(2))),
            op(4, .deleteFolder(folder(1))), op(5, .deleteFolder(folder(4))), op(6, rename(3, to: "a")),
        ]
        #expect(sent(operations) == [1, 5])
        #expect(held(operations) == [2, 3, 4, 6])
    }

    /// Names of folders are another matter.
    @Test func itsFolderMayBeRenamed() {
        let operations = [
            op(1, .delete(message(21)), held: true), op(2, move(31, to: 9), held: true), op(3, rename(1, to: "b")),
            op(4, rename(3, to: "d")), op(5, rename(9, to: "bin")), op(6, .deleteFolder(folder(3))),
        ]
        #expect(sent(operations) == [3, 4, 5])
        #expect(held(operations) == [1, 2, 6])
        #expect(sent(operations.filter { $0.id != operation(4) }) == [3, 5])
    }

    /// What waits for something else is not held.
    @Test func whatWaitsForTheServerOnlyIsNot() {
        let operations = [
            op(1, .delete(message(21))), op(2, .deleteFolder(folder(2))), op(3, .delete(message(31)), held: true),
        ]
        #expect(sent(operations) == [1])
        #expect(held(operations) == [3])
    }

    /// In Trash already for whoever looks: what is done to it there comes behind.
    @Test func laterChangesOfTheMessageWait() {
        let operations = [
            op(1, move(21, to: 9), held: true), op(2, .flags(message(21), .add(Flags(system: .seen)))),
            op(3, copy(21, as: 7, to: 3)), op(4, .flags(message(22), .add(Flags(system: .seen)))),
            op(5, .flags(message(7), .add(Flags(system: .seen)))), op(6, append(8, to: 3), after: 1),
        ]
        #expect(sent(operations) == [4])
        #expect(held(operations).isSuperset(of: [1, 2, 3, 6]))
        #expect(!held(operations).contains(4))
    }

    /// Another client deleted it: that is all that was wanted.
    @Test func whatIsGoneIsDone() {
        let plan = SendPlan(
            operations: [op(1, .delete(message(5)), held: true)], now: 0, home: Self.home, folder: Self.folderNamed)
        #expect(plan.lost.map(\.id) == [operation(1)])
    }

    @Test func theViewKnowsThem() {
        var view = JournalView()
        view.put(op(1, .delete(message(21)), held: true))
        view.put(op(2, .delete(message(22))))
        #expect(view.held == [operation(1)])
        #expect(view.shown(summary(21), in: folder(2)) == nil)
        view.put(op(2, .delete(message(22)), held: true))
        view.put(op(1, .delete(message(21))))
        #expect(view.held == [operation(2)])
        view.put(op(2, .delete(message(22)), refused, held: true))
        #expect(view.held == [])
        view.put(op(3, .delete(message(23)), held: true))
        view.remove(operation(3))
        #expect(view.held == [])
    }
}
