import IMAPValue
import MailModel
import MailSync
import Testing

@testable import MailService

@Suite("Who reads in order")
struct ReadingOrderTests {
    private let folder = FolderID(rawValue: 3)
    private let order = ReadingOrder()

    /// Opens a message of a folder in which every number is one.
    private func open(_ number: Int64, in folder: Int64 = 3) -> Int64? {
        let id = MessageID(rawValue: number)
        return order.opened(id, in: FolderID(rawValue: folder), distance: { before in before < id ? 0 : nil })?.after
            .rawValue
    }

    private func fetched(_ numbers: ClosedRange<Int64>) {
        order.fetched(
            numbers.map {
                MessageSummary(
                    id: MessageID(rawValue: $0), uid: nil, name: [], size: 1, sizeIsProven: false, internalDate: 0,
                    flags: Flags(), flagsChanged: 0, isCached: false)
            }, in: folder)
    }

    @Test("is served behind what was fetched already, when the half of that is read")
    func inOrder() {
        #expect(open(1) == nil && open(2) == nil)
        #expect(open(3) == 3)
        fetched(4...9)
        for number in Int64(4)...6 { #expect(open(number) == nil) }
        #expect(open(7) == 9)
        fetched(10...11)
        #expect(open(8) == nil && open(11) == 11)
    }

    @Test("begins anew where somebody goes back")
    func back() {
        for number in Int64(10)...12 { _ = open(number) }
        fetched(13...20)
        #expect(open(1) == nil)
        #expect(open(2) == nil)
        #expect(open(3) == 3)
    }

    @Test("one folder's readers are no others'")
    func folders() {
        #expect(open(1) == nil && open(2) == nil)
        #expect(open(3, in: 4) == nil)
        #expect(open(3) == 3)
    }

    @Test("nothing is remembered of what was fetched where nobody reads")
    func nobody() {
        fetched(1...10)
        #expect(open(1) == nil && open(2) == nil && open(3) == 3)
    }
}
