import IMAPValue
import MailModel
import MailSync
import Testing

/// A cursor and a mailbox by their numbers.
private func cursor(
    _ validity: UInt32 = 7, next: UInt32 = 101, modSeq: UInt64? = 50, isListed: Bool = true
) throws -> FolderCursor {
    FolderCursor(
        uidValidity: try #require(UIDValidity(validity)), uidNext: next,
        highestModSeq: modSeq.flatMap { ModSequence($0) },
        isListed: isListed)
}

private func mailbox(_ change: (inout SelectedMailbox) -> Void = { _ in }) -> SelectedMailbox {
    var mailbox = SelectedMailbox()
    mailbox.exists = 100
    mailbox.uidValidity = UIDValidity(7)
    mailbox.uidNext = UID(101)
    mailbox.highestModSeq = ModSequence(50)
    change(&mailbox)
    return mailbox
}

@Suite struct SelectPlanTests {
    struct Row: Sendable {
        let qresync: Bool
        let condstore: Bool
        let isKnown: Bool
        var isListed = true
        var modSeq: UInt64? = 50
        let plan: String
    }

    static let rows: [Row] = [
        Row(qresync: true, condstore: true, isKnown: true, plan: "qresync"),
        Row(qresync: true, condstore: true, isKnown: false, plan: "condstore"),
        Row(qresync: true, condstore: true, isKnown: true, isListed: false, plan: "condstore"),
        Row(qresync: true, condstore: true, isKnown: true, modSeq: nil, plan: "condstore"),
        Row(qresync: true, condstore: false, isKnown: false, plan: "plain"),
        Row(qresync: false, condstore: true, isKnown: true, plan: "condstore"),
        Row(qresync: false, condstore: false, isKnown: true, plan: "plain"),
        Row(qresync: false, condstore: false, isKnown: false, plan: "plain"),
    ]

    @Test(arguments: rows) func plan(row: Row) throws {
        let known = try cursor(modSeq: row.modSeq, isListed: row.isListed)
        let plan = SelectPlan(
            cursor: row.isKnown ? known : nil, support: SyncSupport(qresync: row.qresync, condstore: row.condstore))
        switch plan {
        case .plain: #expect(row.plan == "plain")
        case .condstore: #expect(row.plan == "condstore")
        case .qresync(let validity, let modSeq):
            #expect(row.plan == "qresync" && validity.rawValue == 7 && modSeq.rawValue == 50)
        }
    }
}

@Suite struct SyncPlanTests {
    private let from = UID(101) ?? .min
    private let since = ModSequence(50)
    private var qresync: SelectPlan {
        get throws { .qresync(try #require(UIDValidity(7)), try #require(ModSequence(50))) }
    }

    @Test func nothingWasKnown() throws {
        let validity = try #require(UIDValidity(7))
        for select in [SelectPlan.plain, .condstore] {
            #expect(SyncPlan(cursor: nil, known: 0, selected: mailbox(), select: select) == .newEpoch(validity))
        }
    }

    @Test func anotherEpoch() throws {
        let validity = try #require(UIDValidity(8))
        let selected = mailbox { $0.uidValidity = validity }
        for select in [SelectPlan.plain, .condstore, try qresync] {
            #expect(
                SyncPlan(cursor: try cursor(), known: 100, selected: selected, select: select) == .newEpoch(validity))
        }
    }

    /// HAZARD 4.
    @Test func uidsThatDoNotLast() throws {
        for selected in [mailbox { $0.uidValidity = nil }, mailbox { $0.uidsAreSticky = false }] {
            for select in [SelectPlan.plain, .condstore, try qresync] {
                #expect(SyncPlan(cursor: try cursor(), known: 100, selected: selected, select: select) == .transient)
            }
        }
    }

    @Test func aListingThatWasBegunAndNotEnded() throws {
        let begun = try cursor(isListed: false)
        #expect(SyncPlan(cursor: begun, known: 10, selected: mailbox(), select: .condstore) == .fullListing)
    }

    /// HAZARDS 15, 16.
    @Test(arguments: [nil, 49] as [UInt64?]) func modSequencesThatCannotBeUsed(current: UInt64?) throws {
        let selected = mailbox { $0.highestModSeq = current.flatMap { ModSequence($0) } }
        for select in [SelectPlan.plain, .condstore, try qresync] {
            #expect(SyncPlan(cursor: try cursor(), known: 100, selected: selected, select: select) == .fullListing)
        }
    }

    @Test func withoutAStoredModSequence() throws {
        #expect(
            SyncPlan(cursor: try cursor(modSeq: nil), known: 100, selected: mailbox(), select: .condstore)
                == .fullListing)
    }

    @Test func withoutCONDSTORE() throws {
        #expect(SyncPlan(cursor: try cursor(), known: 100, selected: mailbox(), select: .plain) == .fullListing)
    }

    @Test func withCONDSTORE() throws {
        let since = try #require(since)
        let changes = SyncPlan.changes(since: since, arrivalsFrom: from)
        func plan(known: Int = 100, _ selected: SelectedMailbox) throws -> SyncPlan {
            SyncPlan(cursor: try cursor(), known: known, selected: selected, select: .condstore)
        }
        #expect(try plan(mailbox()) == .upToDate)
        #expect(try plan(mailbox { $0.highestModSeq = ModSequence(51) }) == changes)
        #expect(try plan(mailbox { $0.uidNext = UID(102) }) == changes)
        #expect(try plan(mailbox { $0.uidNext = nil }) == changes)
        #expect(try plan(mailbox { $0.exists = 99 }) == changes)
        #expect(try plan(known: 99, mailbox()) == changes)
    }

    @Test func withQRESYNC() throws {
        func plan(known: Int = 100, _ selected: SelectedMailbox) throws -> SyncPlan {
            SyncPlan(cursor: try cursor(), known: known, selected: selected, select: try qresync)
        }
        #expect(try plan(mailbox()) == .upToDate)
        #expect(try plan(mailbox { $0.highestModSeq = ModSequence(60) }) == .upToDate)
        let lost = mailbox {
            $0.exists = 98
            $0.vanished = UIDSet([3, 4] as [UInt32])
        }
        #expect(try plan(lost) == .upToDate)
        #expect(try plan(mailbox { $0.exists = 98 }) == .arrivals(from: from))
        #expect(try plan(mailbox { $0.uidNext = UID(102) }) == .arrivals(from: from))
        #expect(try plan(mailbox { $0.uidNext = nil }) == .arrivals(from: from))
    }
}
