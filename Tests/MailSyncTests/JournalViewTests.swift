import IMAPValue
import MailModel
import MailSync
import Testing

@Suite struct JournalViewTests {
    private func view(_ operations: Operation..., folders: [Folder] = []) -> JournalView {
        var view = JournalView()
        for folder in folders { view.put(folder) }
        view.put(operations)
        return view
    }

    @Test func withoutOperationsItIsTheTruth() throws {
        let shown = try #require(JournalView().shown(summary(1), in: folder(1)))
        #expect(shown == (summary(1), folder(1)))
        #expect(JournalView().placement(of: message(1)) == nil)
    }

    @Test func aMoveShowsTheMessageThere() throws {
        let view = view(op(1, move(1, to: 2, "n.eml")))
        let (shown, home) = try #require(view.shown(summary(1), in: folder(1)))
        #expect(home == folder(2))
        #expect(shown.name == octets("n.eml"))
        #expect(shown.standing == .pending)
        #expect(view.messages(broughtTo: folder(2)) == [message(1)])
        #expect(view.messages(broughtTo: folder(1)).isEmpty)
    }

    /// Operations, the place after them, and the standing.
    static let folds: [([Operation], Placement.Place?, MessageSummary.Standing)] = [
        ([], nil, .settled),
        ([op(1, move(1, to: 2)), op(2, move(1, to: 3))], .at(folder(3), name: octets("m.eml")), .pending),
        ([op(1, move(1, to: 2), .sent), op(2, move(1, to: 1))], .at(folder(1), name: octets("m.eml")), .pending),
        ([op(1, move(1, to: 2), refused)], nil, .settled),
        ([op(1, move(1, to: 2)), op(2, move(1, to: 3), refused)], .at(folder(2), name: octets("m.eml")), .pending),
        ([op(1, .delete(message(1)))], .hidden, .pending),
        ([op(1, .delete(message(1)), refused)], nil, .settled),
        ([op(1, .expunge(message(1), due: 9))], .hidden, .pending),
        ([op(1, .expunge(message(1), due: nil))], .hidden, .pending),
        ([op(1, move(1, to: 2)), op(2, .delete(message(1)))], .hidden, .pending),
        ([op(1, .flags(message(1), .add(Flags(system: .seen))))], .asListed, .pending),
        ([op(1, .flags(message(1), .add(Flags(system: .seen))), refused)], nil, .settled),
        (
            [op(1, .delete(message(1)), .sent), op(2, .flags(message(1), .remove(Flags(system: .deleted))))], .asListed,
            .pending
        ),
        ([op(1, append(1, to: 2))], .at(folder(2), name: octets("u.eml")), .pending),
        ([op(1, append(1, to: 2), refused)], .at(folder(2), name: octets("u.eml")), .failed),
        ([op(1, copy(9, as: 1, to: 2))], .at(folder(2), name: octets("c.eml")), .pending),
        ([op(1, copy(9, as: 1, to: 2), refused)], nil, .settled),
    ]

    /// Whatever the order in which they come in, and after any others came and went.
    @Test(arguments: folds)
    func folded(operations: [Operation], place: Placement.Place?, standing: MessageSummary.Standing) {
        for operations in [operations, operations.reversed()] {
            var view = JournalView()
            view.put(op(90, move(1, to: 5)))
            view.put(operations)
            view.put(op(91, .delete(message(1))))
            view.remove(operation(90))
            view.remove(operation(91))
            let placement = view.placement(of: message(1))
            #expect(placement?.place == place)
            #expect(placement == nil || placement?.standing == standing)
            for target in 1...5 {
                let isThere = if case .at(folder(Int64(target)), _) = place { true } else { false }
                #expect(view.messages(broughtTo: folder(Int64(target))) == (isThere ? [message(1)] : []))
            }
            for operation in operations { view.remove(operation.id) }
            #expect(view.isEmpty && view.operations.isEmpty && view.pendingCount == 0)
            #expect(view.placement(of: message(1)) == nil)
            #expect(view.messages(broughtTo: folder(2)).isEmpty)
        }
    }

    @Test func flagsAreChangedInOrder() throws {
        let view = view(
            op(1, .flags(message(1), .replace(Flags(system: [.seen, .deleted], keywords: ["a"])))),
            op(2, .flags(message(1), .remove(Flags(system: .seen)))),
            op(3, .flags(message(1), .add(Flags(system: .flagged)))))
        let (shown, _) = try #require(view.shown(summary(1, Flags(system: .draft)), in: folder(1)))
        #expect(shown.flags == Flags(system: .flagged, keywords: ["a"]))
        #expect(shown.flagsChanged == 1_003)
    }

    @Test func onlyTheReturnOfAMessageTakesDeletedOff() throws {
        let deleted = summary(1, Flags(system: [.deleted, .seen]))
        let seen = view(op(1, .flags(message(1), .remove(Flags(system: .seen)))))
        #expect(seen.shown(deleted, in: folder(1))?.0.flags == Flags(system: .deleted))
        let back = view(op(1, .flags(message(1), .remove(Flags(system: .deleted)))))
        #expect(back.shown(deleted, in: folder(1))?.0.flags == Flags(system: .seen))
    }

    @Test func whatIsNotOnTheServer() throws {
        let view = view(
            op(1, .flags(message(1), .add(Flags(system: .flagged)))), op(2, copy(1, as: 2, to: 3)),
            op(3, .flags(message(1), .add(Flags(system: .answered)))), op(4, copy(2, as: 4, to: 3)),
            op(5, .flags(message(2), .add(Flags(system: .draft)))),
            op(6, append(6, to: 3, flags: Flags(system: .seen))),
            op(7, move(7, to: 3)))
        let truth = { (id: MessageID) in id == message(1) ? (summary(1, Flags(system: .seen)), folder(1)) : nil }
        let copied = try #require(view.shown(message(2), truth: truth))
        // The flags of the source at the time of the copy, then its own.
        #expect(copied.0.flags == Flags(system: [.seen, .flagged, .draft]))
        #expect(copied.0.uid == nil && copied.0.name == octets("c.eml") && copied.1 == folder(3))
        #expect(view.shown(message(4), truth: truth)?.0.flags == Flags(system: [.seen, .flagged]))
        let uploaded = try #require(view.shown(message(6), truth: truth))
        #expect(uploaded.0.size == 10 && uploaded.0.flags == Flags(system: .seen) && uploaded.0.internalDate == 5)
        // The message of a move is gone: there is nothing to show.
        #expect(view.shown(message(7), truth: truth) == nil)
    }

    @Test func aCopyOfItself() {
        let view = view(op(1, copy(2, as: 1, to: 3)), op(2, copy(1, as: 2, to: 3)))
        #expect(view.shown(message(1), truth: { _ in nil }) == nil)
    }

    @Test func counts() {
        var view = view(
            op(1, move(1, to: 2)), op(2, .expunge(message(2), due: 5)), op(3, move(3, to: 2), refused),
            op(4, .delete(message(4)), .sent))
        #expect(view.pendingCount == 2)
        #expect(view.failed.map(\.id) == [operation(3)])
        view.put(op(1, move(1, to: 2), refused))
        view.put(op(3, move(3, to: 2)))
        #expect(view.pendingCount == 2)
        #expect(view.failed.map(\.id) == [operation(1)])
        view.remove(operation(3))
        view.remove(operation(3))
        #expect(view.pendingCount == 1)
    }

    @Test func operationsOfAFolder() {
        let view = view(
            op(1, move(1, to: 2)), op(2, .delete(message(2))), op(3, .createFolder(folder(2))), op(4, append(4, to: 3)),
            op(5, copy(2, as: 5, to: 3)))
        let home = { (id: MessageID) in id == message(2) ? folder(2) : folder(1) }
        #expect(view.operations(touching: folder(2), home: home).map(\.id.rawValue) == [1, 2, 3, 5])
        #expect(view.operations(touching: folder(3), home: home).map(\.id.rawValue) == [4, 5])
    }

    /// A folder that was made after an operation may be waiting for it.
    @Test func aNewerFolderNeedsAFurtherMove() {
        let view = view(op(1, move(1, to: 2)), op(2, .createFolder(folder(3))), op(3, move(3, to: 2)))
        #expect(!view.canLead(op(1, move(1, to: 2)), to: folder(3)))
        #expect(view.canLead(op(3, move(3, to: 2)), to: folder(3)))
        #expect(view.canLead(op(1, move(1, to: 2)), to: folder(4)))
        #expect(!view.canLead(op(3, move(3, to: 2), .sent), to: folder(4)))
    }

    @Test func manyOperationsComeAndGo() {
        var view = JournalView()
        for id in 1...20_000 { view.put(op(Int64(id), move(Int64(id), to: 2))) }
        #expect(view.pendingCount == 20_000)
        #expect(view.messages(broughtTo: folder(2)).count == 20_000)
        for id in 1...19_000 { view.remove(operation(Int64(id))) }
        #expect(view.operations.map(\.id.rawValue) == Array(19_001...20_000))
        view.put(op(5, move(5, to: 2)))
        view.put(op(19_000, move(19_000, to: 2)))
        #expect(view.operations.map(\.id.rawValue) == [5] + Array(19_000...20_000))
    }
}
