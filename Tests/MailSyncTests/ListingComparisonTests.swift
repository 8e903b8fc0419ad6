import IMAPValue
import MailSync
import Testing

@Suite struct ListingComparisonTests {
    private static func entries(_ flags: [UInt32: Flags]) -> [(uid: UID, flags: Flags)] {
        flags.sorted { $0.key < $1.key }.compactMap { entry in UID(entry.key).map { ($0, entry.value) } }
    }

    /// Against the same question put to dictionaries.
    @Test func agreesWithDictionaries() {
        var random = SystemRandomNumberGenerator()
        let palette = [
            Flags(), Flags(system: .seen), Flags(system: [.seen, .flagged]), Flags(system: [], keywords: ["a"]),
        ]
        for _ in 0..<2_000 {
            let highest = UInt32.random(in: 1...60, using: &random)
            func some() -> [UInt32: Flags] {
                var result: [UInt32: Flags] = [:]
                for uid in 1...highest where Bool.random(using: &random) {
                    result[uid] = palette.randomElement(using: &random)
                }
                return result
            }
            let (stored, listed) = (some(), some())
            let comparison = ListingComparison(stored: Self.entries(stored), listed: Self.entries(listed))
            #expect(comparison.arrived == UIDSet(listed.keys.filter { stored[$0] == nil }))
            #expect(comparison.vanished == UIDSet(stored.keys.filter { listed[$0] == nil }))
            let changed = listed.filter { uid, flags in stored[uid].map { $0 != flags } ?? false }
            #expect(Dictionary(uniqueKeysWithValues: comparison.changed.map { ($0.key.rawValue, $0.value) }) == changed)
        }
    }

    @Test func emptySides() {
        let some = Self.entries([1: Flags(), .max: Flags()])
        #expect(ListingComparison(stored: [], listed: some).arrived.count == 2)
        #expect(ListingComparison(stored: some, listed: []).vanished.count == 2)
        #expect(ListingComparison(stored: [], listed: []).arrived.isEmpty)
    }

    /// HAZARD 10: more than 500, or more than a fifth.
    @Test(arguments: [
        (0, 0, false), (1, 1, false), (10, 10, false), (11, 11, true), (11, 55, false), (11, 54, true),
        (20, 100, false), (21, 100, true), (500, 1_000_000, false), (501, 1_000_000, true), (100, 100, true),
    ])
    func confirmation(vanished: Int, known: Int, isNeeded: Bool) {
        #expect(ListingComparison.needsConfirmation(vanished: vanished, of: known) == isNeeded)
    }
}
