import IMAPValue
import MailModel
import MailSync
import SeededNumbers
import Testing

@Suite struct SendPlanTests {
    /// Messages up to 99,999 are in folder 1, unless it is said otherwise.
    private func plan(
        _ operations: [Operation], heldBack: [Int64] = [], now: Int64 = 100, limits: SendLimits = SendLimits(),
        canExpunge: Bool = true, homes: [Int64: Int64?] = [:], folders: [Folder] = []
    ) -> SendPlan {
        SendPlan(
            operations: operations, heldBack: Set(heldBack.map(operation)), now: now, limits: limits,
            canExpunge: canExpunge,
            home: { id in
                if let home = homes[id.rawValue] { return home.map(folder) }
                return id.rawValue < 100_000 ? folder(1) : nil
            },
            folder: { id in
                folders.first { $0.id == id } ?? (id.rawValue < 100 ? made(id.rawValue, "f\(id.rawValue)") : nil)
            })
    }

    /// The operations of each batch.
    private func batches(_ plan: SendPlan) -> [[Int64]] {
        plan.batches.map { $0.operations.map(\.id.rawValue) }
    }

    @Test func nothingToDo() {
        let plan = plan([])
        #expect(plan.batches.isEmpty && plan.lost.isEmpty && plan.arrived.isEmpty && plan.nextDue == nil)
    }

    @Test func movesToThreeFolders() {
        let operations = (1...1_000).map { op($0, move($0, to: 2 + $0 % 3)) }
        let all = plan(operations)
        #expect(all.batches.count == 3)
        #expect(all.batches.map(\.kind) == [.move, .move, .move])
        #expect(all.batches.map(\.source) == [folder(1), folder(1), folder(1)])
        #expect(all.batches.map(\.target) == [folder(3), folder(4), folder(2)])
        #expect(all.batches.map(\.operations.count) == [334, 333, 333])
        var limits = SendLimits()
        limits.messages = 100
        let parts = plan(operations, limits: limits)
        #expect(parts.batches.count == 12)
        #expect(parts.batches.allSatisfy { $0.operations.count <= 100 })
        #expect(Set(parts.batches.flatMap(\.operations).map(\.id)).count == 1_000)
    }

    @Test func sourcesAndKindsAreNotMixed() {
        let seen = FlagChange.add(Flags(system: .seen))
        let operations = [
            op(1, move(1, to: 2)), op(2, move(2, to: 2)), op(3, copy(3, as: 30, to: 2)),
            op(4, .flags(message(4), seen)), op(5, .flags(message(5), .remove(Flags(system: .seen)))),
            op(6, .delete(message(6))), op(7, .flags(message(7), seen)), op(8, .delete(message(8))),
            op(9, append(9, to: 2)), op(10, append(10, to: 2)), op(11, append(11, to: 3)),
        ]
        let plan = plan(operations, homes: [2: 3])
        #expect(batches(plan) == [[1], [2], [3], [4, 7], [5], [6, 8], [9, 10], [11]])
        #expect(plan.batches[3].kind == .flags(seen))
        #expect(plan.batches[6].source == nil && plan.batches[6].target == folder(2))
        #expect(plan.batches[5].source == folder(1) && plan.batches[5].target == nil)
    }

    @Test func theOperationsOfOneMessageGoOneByOne() {
        let operations = [
            op(1, move(1, to: 2)), op(2, move(1, to: 1)), op(3, .flags(message(1), .add(Flags(system: .seen)))),
            op(4, move(2, to: 2)),
        ]
        #expect(batches(plan(operations)) == [[1, 4]])
        // The first is done: the server has it in folder 2.
        #expect(batches(plan(Array(operations[1...]), homes: [1: 2])) == [[2], [4]])
        #expect(batches(plan([operations[2]])) == [[3]])
    }

    @Test func aCopyComesBeforeWhatBecomesOfItsSource() {
        let operations = [
            op(1, copy(1, as: 10, to: 2)), op(2, .delete(message(1))), op(3, copy(1, as: 11, to: 2)),
            op(4, move(10, to: 3)),
        ]
        #expect(batches(plan(operations, homes: [10: nil, 11: nil])) == [[1]])
        #expect(batches(plan([op(1, .flags(message(1), .add(Flags()))), operations[0]])) == [[1]])
    }

    @Test func uploadsAreBoundedByTheirOctets() {
        var limits = SendLimits()
        limits.octets = 100
        let sizes: [UInt64] = [40, 60, 1, 500, 500, 1, 99]
        let operations = sizes.enumerated().map { index, size in
            op(Int64(index + 1), append(Int64(index + 1), to: 2, size: size))
        }
        #expect(batches(plan(operations, limits: limits)) == [[1, 2], [3], [4], [5], [6, 7]])
        let huge = op(1, append(1, to: 2, size: .max))
        #expect(batches(plan([huge, op(2, append(2, to: 2, size: .max))])) == [[1], [2]])
    }

    @Test func aReplacementWaits() {
        let operations = [op(1, move(1, to: 2)), op(2, .delete(message(2)), after: 1)]
        #expect(batches(plan(operations)) == [[1]])
        #expect(batches(plan([operations[1]])) == [[2]])
        #expect(batches(plan([op(1, move(1, to: 2), refused), operations[1]])).isEmpty)
        #expect(batches(plan(operations, heldBack: [1])).isEmpty)
    }

    @Test func whatWasSentIsSettledFirst() {
        let operations = [
            op(1, move(1, to: 2), .sent), op(2, .delete(message(1))), op(3, .delete(message(3)), after: 1),
            op(4, move(4, to: 2)), op(5, .deleteFolder(folder(2))), op(6, .flags(message(6), .add(Flags()))),
        ]
        #expect(batches(plan(operations)) == [[4], [6]])
    }

    @Test func whatIsHeldBackStopsOnlyWhatDependsOnIt() {
        let operations = [
            op(1, move(1, to: 2)), op(2, .delete(message(1))), op(3, move(3, to: 2)),
            op(4, .createFolder(folder(4))), op(5, move(5, to: 4)), op(6, move(6, to: 5)),
            op(7, .deleteFolder(folder(2))), op(8, .deleteFolder(folder(6))),
        ]
        #expect(batches(plan(operations, heldBack: [1, 4])) == [[3], [6], [8]])
        #expect(batches(plan(operations, heldBack: [3])) == [[1], [4], [6], [8]])
    }

    /// A file may be open for days: its folder gets its name at once, and does not go under it.
    @Test func aFolderIsRenamedAroundWhatIsHeldBack() {
        let upload = op(1, append(100_001, to: 2))
        #expect(batches(plan([upload, op(2, rename(2, to: "g"))], heldBack: [1])) == [[2]])
        #expect(batches(plan([upload, op(2, rename(2, to: "g"))])) == [[1]])
        #expect(batches(plan([upload, op(2, .deleteFolder(folder(2)))], heldBack: [1])).isEmpty)
        #expect(
            batches(plan([op(1, append(100_001, to: 2), .sent), op(2, rename(2, to: "g"))], heldBack: [1])).isEmpty)
    }

    @Test func whatFailedStopsNothing() {
        let operations = [
            op(1, move(1, to: 2), refused), op(2, .delete(message(1))), op(3, .createFolder(folder(3)), refused),
            op(4, move(4, to: 3)), op(5, .deleteFolder(folder(2))),
        ]
        #expect(batches(plan(operations)) == [[2], [4], [5]])
    }

    // MARK: - Folders

    private static let tree = [
        made(10, "p"), made(11, "p/x"), made(12, "p/x/y"), made(13, "pp"), made(14, "q"), made(20, "n"),
        made(21, "n/m"),
        made(22, "p"), made(23, "p/x"), made(24, "Inbox/a"), made(25, "INBOX/a/b"),
    ]

    /// The whole journal, and what of it can be sent.
    static let lives: [(String, [Operation], [[Int64]])] = [
        ("made, then used", [op(1, .createFolder(folder(20))), op(2, move(2, to: 20))], [[1]]),
        ("made, then used by a copy", [op(1, .createFolder(folder(20))), op(2, copy(2, as: 3, to: 20))], [[1]]),
        ("made, then uploaded to", [op(1, .createFolder(folder(20))), op(2, append(2, to: 20))], [[1]]),
        ("parents first", [op(1, .createFolder(folder(20))), op(2, .createFolder(folder(21)))], [[1]]),
        ("side by side", [op(1, .createFolder(folder(20))), op(2, .createFolder(folder(13)))], [[1], [2]]),
        ("used, then renamed", [op(1, move(1, to: 10)), op(2, rename(10, to: "z"))], [[1]]),
        ("below used, then renamed", [op(1, move(1, to: 12)), op(2, rename(10, to: "z"))], [[1]]),
        ("above used, then renamed", [op(1, move(1, to: 10)), op(2, rename(11, to: "z"))], [[1], [2]]),
        ("another used, then renamed", [op(1, move(1, to: 13)), op(2, rename(10, to: "z"))], [[1], [2]]),
        ("renamed, then used", [op(1, rename(10, to: "z")), op(2, move(2, to: 12))], [[1], [2]]),
        ("being renamed, then used", [op(1, rename(10, to: "z"), .sent), op(2, move(2, to: 12))], []),
        ("being renamed, another used", [op(1, rename(10, to: "z"), .sent), op(2, move(2, to: 13))], [[2]]),
        ("renamed twice", [op(1, rename(10, to: "z")), op(2, rename(10, to: "zz"))], [[1]]),
        ("parent, then child renamed", [op(1, rename(10, to: "z")), op(2, rename(11, to: "z/w"))], [[1]]),
        ("child, then parent renamed", [op(1, rename(11, to: "w")), op(2, rename(10, to: "z"))], [[1]]),
        ("renamed into a new one", [op(1, .createFolder(folder(20))), op(2, rename(10, to: "n/p"))], [[1]]),
        ("the name of a renamed one", [op(1, rename(10, to: "z")), op(2, .createFolder(folder(22)))], [[1]]),
        ("below the name of a renamed one", [op(1, rename(10, to: "z")), op(2, .createFolder(folder(23)))], [[1]]),
        ("the name of a deleted one", [op(1, .deleteFolder(folder(10))), op(2, .createFolder(folder(22)))], [[1]]),
        ("used, then deleted", [op(1, move(1, to: 10)), op(2, .deleteFolder(folder(10)))], [[1]]),
        ("emptied, then deleted", [op(1, move(1, to: 14)), op(2, .deleteFolder(folder(1)))], [[1]]),
        ("children first", [op(1, .deleteFolder(folder(11))), op(2, .deleteFolder(folder(10)))], [[1]]),
        ("deleted side by side", [op(1, .deleteFolder(folder(13))), op(2, .deleteFolder(folder(10)))], [[1], [2]]),
        ("deleted, then used", [op(1, .deleteFolder(folder(10))), op(2, move(2, to: 10))], [[1]]),
        ("inbox in any case", [op(1, move(1, to: 25)), op(2, rename(24, to: "z"))], [[1]]),
        ("alone in its batch", [op(1, .createFolder(folder(20))), op(2, .createFolder(folder(14)))], [[1], [2]]),
        ("after another", [op(1, .deleteFolder(folder(14))), op(2, rename(10, to: "q"), after: 1)], [[1]]),
    ]

    @Test(arguments: lives)
    func lifeOfAFolder(what: String, operations: [Operation], expected: [[Int64]]) {
        #expect(batches(plan(operations, folders: Self.tree)) == expected, "\(what)")
    }

    @Test func moveThenMakeAgain() {
        // m leaves folder 13, which is deleted and made anew, and comes back into the new one.
        let folders = [made(13, "pp"), made(26, "pp"), made(14, "q")]
        let operations = [
            op(1, move(1, to: 14)), op(2, .deleteFolder(folder(13))), op(3, .createFolder(folder(26))),
            op(4, move(1, to: 26)),
        ]
        #expect(batches(plan(operations, homes: [1: 13], folders: folders)) == [[1]])
        #expect(batches(plan(Array(operations[1...]), homes: [1: 14], folders: folders)) == [[2]])
        #expect(batches(plan(Array(operations[2...]), homes: [1: 14], folders: folders)) == [[3]])
        #expect(batches(plan(Array(operations[3...]), homes: [1: 14], folders: folders)) == [[4]])
    }

    @Test func aDeletionOfAFolderWaitsForLaterDeletionsInIt() {
        let operations = [op(1, .deleteFolder(folder(1))), op(2, .delete(message(2)))]
        #expect(batches(plan(operations)) == [[2]])
        let expunges = [op(1, .deleteFolder(folder(1))), op(2, .expunge(message(2), due: 500))]
        #expect(batches(plan(expunges)) == [] && plan(expunges).nextDue == 500)
        #expect(batches(plan(expunges, now: 500)) == [[2]])
        #expect(batches(plan(expunges, canExpunge: false)) == [[1]])
    }

    // MARK: - Expunges

    @Test func expungesAreSentWhenDue() {
        let operations = [
            op(1, .expunge(message(1), due: 90)), op(2, .expunge(message(2), due: 101)),
            op(3, .expunge(message(3), due: 100)), op(4, .expunge(message(4), due: 500)),
            op(5, .expunge(message(5), due: nil)),
        ]
        let plan = plan(operations)
        #expect(batches(plan) == [[1, 3]])
        #expect(plan.nextDue == 101)
        let later = self.plan(operations, now: 1_000)
        #expect(batches(later) == [[1, 2, 3, 4]] && later.nextDue == nil)
        let never = self.plan(operations, now: 1_000, canExpunge: false)
        #expect(never.batches.isEmpty && never.nextDue == nil)
    }

    @Test func aFolderIsExpungedBeforeItIsDeleted() {
        let operations = [
            op(1, .expunge(message(1), due: 500)), op(2, .expunge(message(2), due: 90)),
            op(3, .expunge(message(3), due: 900)), op(4, .deleteFolder(folder(1))),
        ]
        let plan = plan(operations, homes: [3: 2])
        #expect(batches(plan) == [[2]])
        #expect(plan.nextDue == 500)
        #expect(batches(self.plan(operations, now: 500, homes: [3: 2])) == [[1, 2]])
        #expect(batches(self.plan([operations[2], operations[3]], homes: [3: 2])) == [[4]])
    }

    @Test func whatIsNotDueStopsNothing() {
        let operations = [op(1, .expunge(message(1), due: 500)), op(2, rename(1, to: "z"))]
        #expect(batches(plan(operations)) == [[2]])
    }

    // MARK: - What became of messages

    @Test func whatTheServerDoesNotHave() {
        let operations = [
            op(1, move(200_000, to: 2)), op(2, .expunge(message(200_001), due: 500)), op(3, move(3, to: 999)),
            op(4, .deleteFolder(folder(999))), op(5, move(5, to: 2)), op(6, append(200_006, to: 2)),
            op(7, .flags(message(200_006), .add(Flags()))),
        ]
        let plan = plan(operations)
        #expect(plan.lost.map(\.id.rawValue) == [1, 2, 3, 4])
        #expect(batches(plan) == [[5], [6]])
    }

    @Test func whatIsThereAlready() {
        let plan = plan([op(1, move(1, to: 1)), op(2, move(2, to: 2))])
        #expect(plan.arrived.map(\.id.rawValue) == [1])
        #expect(batches(plan) == [[2]])
    }

    /// Who would remove something in its favour has to know that it is there.
    @Test func whatIsThereAlreadyAndAwaited() {
        let operations = [op(1, move(1, to: 1)), op(2, .delete(message(2)), after: 1)]
        let plan = plan(operations)
        #expect(plan.arrived.isEmpty)
        #expect(batches(plan) == [[1]])
        #expect(plan.batches.first?.source == folder(1) && plan.batches.first?.target == folder(1))
    }

    /// A journal drained by its own plans, whatever it holds, ends, and never breaks the order of a message.
    @Test func everyJournalComesToItsEnd() {
        var random = SeededNumbers(seed: 7)
        for _ in 0..<200 {
            var operations: [Operation] = []
            var homes: [Int64: Int64?] = [:]
            for id in 1...60 as ClosedRange<Int64> {
                let subject = Int64.random(in: 1...8, using: &random)
                let place = Int64.random(in: 10...14, using: &random)
                let change: Change =
                    switch Int.random(in: 0..<8, using: &random) {
                    case 0: .createFolder(folder(20))
                    case 1: rename(place, to: ["z", "p/x/z", "q/z", "n"].randomElement(using: &random) ?? "z")
                    case 2: .deleteFolder(folder(place))
                    case 3: .flags(message(subject), .add(Flags()))
                    case 4: copy(subject, as: 100 + id, to: place)
                    case 5: .delete(message(subject))
                    default: move(subject, to: place)
                    }
                if case .copy = change { homes[100 + id] = .some(nil) }
                let after =
                    Int.random(in: 0..<6, using: &random) == 0 && id > 1
                    ? Int64.random(in: 1..<id, using: &random) : nil
                operations.append(op(id, change, after: after))
            }
            var done: Set<OperationID> = []
            while !operations.isEmpty {
                let plan = plan(operations, homes: homes, folders: Self.tree)
                let sent = plan.batches.flatMap(\.operations) + plan.lost + plan.arrived
                guard !sent.isEmpty else {
                    Issue.record("nothing can be sent of \(operations)")
                    break
                }
                for operation in sent {
                    let earlier = operations.filter { $0.id < operation.id && $0.change.message != nil }
                    #expect(!earlier.contains { $0.change.message == operation.change.message })
                    if let after = operation.after { #expect(done.contains(after)) }
                    if case .move(let id, let target, _) = operation.change { homes[id.rawValue] = target.rawValue }
                    if case .copy(_, let id, let target, _) = operation.change { homes[id.rawValue] = target.rawValue }
                }
                done.formUnion(sent.map(\.id))
                operations.removeAll { done.contains($0.id) }
            }
        }
    }

    /// Each operation is looked at a bounded number of times, however many wait.
    @Test func manyOperations() {
        for count in [10_000, 40_000] as [Int64] {
            var asked = 0
            let plan = SendPlan(
                operations: (1...count).map { op($0, move($0, to: 2 + $0 % 3)) }, now: 0,
                home: { _ in
                    asked += 1
                    return folder(1)
                }, folder: { made($0.rawValue, "f\($0.rawValue)") })
            #expect(asked == Int(count))
            #expect(plan.batches.flatMap(\.operations).count == Int(count))
        }
    }
}
