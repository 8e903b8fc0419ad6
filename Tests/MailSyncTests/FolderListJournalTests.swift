import MailModel
import MailSync
import Testing

/// Folders that the journal changes.
@Suite struct FolderListJournalTests {
    private static let pending = Folder.Attributes(rawValue: 128)

    private func plan(_ stored: [Folder], _ listed: [String], _ operations: Operation...) -> FolderListPlan {
        FolderListPlan(
            stored: stored,
            listed: listed.map {
                ListedFolder(
                    rawName: octets($0), separator: UInt8(ascii: "/"), attributes: [], specialUse: nil, mailboxID: nil)
            },
            operations: operations)
    }

    private func updates(_ plan: FolderListPlan) -> [Int64: String] {
        Dictionary(
            uniqueKeysWithValues: plan.updated.map {
                ($0.key.rawValue, String(decoding: $0.value.rawName, as: UTF8.self))
            })
    }

    private func inserts(_ plan: FolderListPlan) -> [String] {
        plan.inserted.map { String(decoding: $0.rawName, as: UTF8.self) }
    }

    @Test func aFolderToBeMadeIsNeverMissing() {
        let plan = plan([made(1, "a"), made(2, "n", Self.pending)], ["a"], op(1, .createFolder(folder(2))))
        #expect(plan.missing.isEmpty && plan.deleted.isEmpty && plan.updated.isEmpty && plan.inserted.isEmpty)
    }

    @Test func aFolderToBeMadeThatIsThere() throws {
        let plan = plan([made(2, "n", Self.pending)], ["n"], op(1, .createFolder(folder(2))))
        #expect(updates(plan) == [2: "n"])
        #expect(try #require(plan.updated[folder(2)]).attributes.isEmpty)
        #expect(plan.inserted.isEmpty)
    }

    @Test func aDeletedFolder() {
        let waits = plan([made(1, "a")], ["a"], op(1, .deleteFolder(folder(1))))
        #expect(waits.missing.isEmpty && waits.deleted.isEmpty && waits.inserted.isEmpty)
        let gone = plan([made(1, "a"), made(2, "b")], [], op(1, .deleteFolder(folder(1))))
        #expect(gone.missing == [folder(1), folder(2)])
        #expect(gone.deleted == [folder(1)])
        let failed = plan([made(1, "a")], [], op(1, .deleteFolder(folder(1)), refused))
        #expect(failed.missing == [folder(1)] && failed.deleted.isEmpty)
    }

    @Test func aRenameThatHappened() {
        let stored = [made(1, "a"), made(2, "a/b"), made(3, "ab")]
        let plan = plan(stored, ["n", "n/b", "ab", "nb"], op(1, rename(1, to: "n"), .sent))
        #expect(updates(plan) == [1: "n", 2: "n/b"])
        #expect(inserts(plan) == ["nb"])
        #expect(plan.missing.isEmpty)
    }

    @Test func aRenameThatDidNot() {
        let waits = plan([made(1, "a")], ["a"], op(1, rename(1, to: "n")))
        #expect(waits.updated.isEmpty && waits.missing.isEmpty && waits.inserted.isEmpty)
        let failed = plan([made(1, "a")], ["n"], op(1, rename(1, to: "n"), refused))
        #expect(inserts(failed) == ["n"] && failed.missing == [folder(1)])
        // Somebody else made a folder of the new name.
        let both = plan([made(1, "a")], ["a", "n"], op(1, rename(1, to: "n")))
        #expect(inserts(both) == ["n"] && both.missing.isEmpty)
    }

    @Test func renamesOfParentAndChild() {
        let stored = [made(1, "p"), made(2, "p/x")]
        let operations = [op(1, rename(1, to: "q")), op(2, rename(2, to: "q/y"))]
        let one = plan(stored, ["q", "q/x"], operations[0], operations[1])
        #expect(updates(one) == [1: "q", 2: "q/x"])
        let two = plan(stored, ["q", "q/y"], operations[0], operations[1])
        #expect(updates(two) == [1: "q", 2: "q/y"])
        #expect(one.inserted.isEmpty && two.inserted.isEmpty && one.missing.isEmpty && two.missing.isEmpty)
    }

    @Test func aFolderThatTakesTheNameOfADeletedOne() {
        let stored = [made(2, "a", Self.pending), made(1, "a")]
        let operations = [op(1, .deleteFolder(folder(1))), op(2, .createFolder(folder(2)))]
        let before = plan(stored, ["a"], operations[0], operations[1])
        #expect(before.updated.isEmpty && before.missing.isEmpty && before.inserted.isEmpty)
        let between = plan(stored, [], operations[0], operations[1])
        #expect(between.missing == [folder(1)] && between.deleted == [folder(1)])
    }
}
