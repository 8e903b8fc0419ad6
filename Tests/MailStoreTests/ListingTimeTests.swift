import Foundation
import MailModel
import Testing

@testable import MailStore

@Suite struct ListingTimeTests {
    private static let second: Int64 = 1_000_000_000

    @Test func isTheClocksInItsSecond() {
        let seconds = Int64(Date().timeIntervalSince1970)
        let moment = ListingTime.moment(of: seconds)
        #expect(moment >= seconds * Self.second)
        #expect(moment <= Int64(Date().timeIntervalSince1970 * 1e9) + Self.second / 1_000)
        for other in [0, 1_000, seconds - 100, seconds + 100] {
            #expect(ListingTime.moment(of: other) == other * Self.second)
        }
        for odd in [Int64.min, -1, .max] { #expect(ListingTime.moment(of: odd) >= 0) }
    }

    @Test func movesWithEachChange() {
        #expect(ListingTime.next(after: 5, at: 9) == 9)
        #expect(ListingTime.next(after: 9, at: 9) == 10)
        #expect(ListingTime.next(after: 12, at: 9) == 13)
        #expect(ListingTime.next(after: .max, at: 9) == .max)
    }

    /// Earlier programs have stored seconds.
    @Test func readsSeconds() {
        #expect(ListingTime.stored(0) == 0)
        #expect(ListingTime.stored(1_700_000_000) == 1_700_000_000 * Self.second)
        #expect(ListingTime.stored(1_700_000_000 * Self.second + 7) == 1_700_000_000 * Self.second + 7)
    }

    @Test func isKept() throws {
        let fixture = try Fixture()
        var store = try fixture.open()
        let folder = try store.makeFolder("a")
        let other = try store.makeFolder("b")
        let gone = FolderID(rawValue: 77)
        try store.keep(listingTimes: [.root: 5 * Self.second, folder: 2_000 * Self.second + 3, gone: 9])
        try store.keep(listingTimes: [folder: 1_000 * Self.second])
        store.close()
        store = try fixture.open()
        let times = Dictionary(uniqueKeysWithValues: try store.folders().map { ($0.folder.id, $0.listingChanged) })
        #expect(times == [folder: 2_000 * Self.second + 3, other: 0])
        #expect(try store.listingChangedOfRoot() == 5 * Self.second)
    }
}
