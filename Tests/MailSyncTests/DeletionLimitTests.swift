import MailModel
import MailSync
import Testing

@Suite struct DeletionLimitTests {
    /// Deletes messages of one folder one by one, all in one second, and says which of them are held.
    private func held(
        _ limit: inout DeletionLimit, _ count: Int, of size: Int = 1_000_000, in id: Int64 = 1, at now: Int64 = 0
    ) -> Set<Int> {
        Set((1...count).filter { number in limit.holds(deletionIn: folder(id), at: now) { size - number + 1 } })
    }

    // MARK: - The account

    @Test func theThousandAndFirstIsHeld() {
        var limit = DeletionLimit(.standard)
        #expect(held(&limit, 1_002) == [1_001, 1_002])
    }

    @Test func foldersCountTogether() {
        var limit = DeletionLimit(.standard)
        for id in Int64(1)...50 { #expect(held(&limit, 20, in: id) == [], "\(id)") }
        #expect(held(&limit, 1, of: 1, in: 51) == [1])
    }

    @Test(arguments: [1, 3, 1_000] as [Int])
    func aNumberOfItsOwn(most: Int) {
        var limit = DeletionLimit(.messages(most))
        #expect(held(&limit, most + 2) == [most + 1, most + 2])
        // Half of a folder is no more than another number.
        var other = DeletionLimit(.messages(1_000))
        #expect(held(&other, 101, of: 101) == [])
    }

    @Test func noneAndAll() {
        var none = DeletionLimit(.messages(0))
        #expect(held(&none, 2) == [1, 2])
        var all = DeletionLimit(.off)
        #expect(held(&all, 5_000, of: 5_000) == [])
    }

    // MARK: - A folder

    /// Of `size` messages, `first` is the first that is held; nil for none.
    @Test(
        arguments: [
            (100, nil), (101, 51), (102, 52), (103, 52), (104, 53), (199, 100), (200, 101), (1_500, 751),
            (1_999, 1_000),
            (2_000, 1_001), (5_000, 1_001), (1, nil), (50, nil), (51, nil),
        ] as [(Int, Int?)])
    func halfOfIt(_ size: Int, _ first: Int?) {
        var limit = DeletionLimit(.standard)
        let held = held(&limit, size, of: size)
        #expect(held == Set(first.map { Array($0...size) } ?? []), "\(held.min() ?? 0)")
    }

    @Test func oneFolderSaysNothingOfAnother() {
        var limit = DeletionLimit(.standard)
        #expect(held(&limit, 60, of: 110, in: 1).count == 5)
        #expect(held(&limit, 50, of: 110, in: 2) == [])
        #expect(held(&limit, 100, of: 100, in: 3) == [])
    }

    /// The folder is looked at now and then only.
    @Test func asksSeldom() {
        var limit = DeletionLimit(.standard)
        var asked = 0
        for number in 0..<3_000 {
            _ = limit.holds(deletionIn: folder(1), at: 0) {
                asked += 1
                return 1_000_000 - number
            }
        }
        #expect(asked == 5)
        asked = 0
        limit = DeletionLimit(.standard)
        for number in 0..<900 {
            _ = limit.holds(deletionIn: folder(1), at: 0) {
                asked += 1
                return 900 - number
            }
        }
        #expect(asked < 10)
    }

    /// Half of it went elsewhere meanwhile: what is left is smaller.
    @Test func whatWentElsewhereIsNotThere() {
        var limit = DeletionLimit(.standard)
        #expect(held(&limit, 51, of: 600) == [])
        #expect(held(&limit, 51, of: 103) == [51])
    }

    /// Mail that arrives while it is emptied makes it larger.
    @Test func whatArrivesCounts() {
        var limit = DeletionLimit(.standard)
        #expect(held(&limit, 55, of: 110) == [])
        #expect(held(&limit, 5, of: 500) == [])
    }

    /// A store that fails makes no verdict, and the next one is made as if it had not.
    @Test func aFailureIsPassedOn() {
        struct Broken: Error {}
        var limit = DeletionLimit(.standard)
        #expect(held(&limit, 50, of: 101) == [])
        #expect(throws: Broken.self) { try limit.holds(deletionIn: folder(1), at: 0) { throw Broken() } }
        #expect(held(&limit, 1, of: 51) == [1])
    }

    // MARK: - The minute

    @Test(arguments: [(59, true), (60, false), (3_600, false)] as [(Int64, Bool)])
    func isOverAfterSixtySeconds(_ later: Int64, _ isHeld: Bool) {
        var limit = DeletionLimit(.messages(3))
        #expect(held(&limit, 3, at: 100) == [])
        #expect(held(&limit, 1, at: 100 + later) == (isHeld ? [1] : []))
        var half = DeletionLimit(.standard)
        #expect(held(&half, 50, of: 101, at: 100) == [])
        #expect(held(&half, 1, of: 51, at: 100 + later) == (isHeld ? [1] : []))
    }

    /// What is held counts: who goes on at that pace is let through no more than once.
    @Test func whoGoesOnIsHeld() {
        var limit = DeletionLimit(.standard)
        var sent = 0
        for second in Int64(0)..<600 { sent += 100 - held(&limit, 100, at: second).count }
        #expect(sent == 1_000)
        #expect(held(&limit, 100, at: 660) == [])
    }

    /// A slow pace is never held, however long it is kept.
    @Test func aSlowPaceIsNot() {
        var limit = DeletionLimit(.standard)
        for minute in Int64(0)..<100 { #expect(held(&limit, 900, of: 1_000_000, at: minute * 60) == []) }
        var half = DeletionLimit(.standard)
        for step in 0..<120 {
            // 101 messages, one every two seconds: at no time are 51 within a minute.
            #expect(held(&half, 1, of: max(101 - step, 1), at: Int64(step) * 2) == [])
        }
    }

    /// Each second of the window leaves by itself.
    @Test func leavesSecondBySecond() {
        var limit = DeletionLimit(.messages(10))
        for second in Int64(0)..<10 { #expect(held(&limit, 1, at: second) == []) }
        #expect(held(&limit, 1, at: 59) == [1])
        // 0 has left, the held one counts: ten again and one.
        #expect(held(&limit, 1, at: 60) == [1])
        #expect(held(&limit, 1, at: 65) == [])
    }

    /// What left the window is no part of the folder any more.
    @Test func aFolderThatShrankIsLookedAtAnew() {
        var limit = DeletionLimit(.standard)
        #expect(held(&limit, 240, of: 500, at: 0) == [])
        #expect(held(&limit, 60, of: 260, at: 59).min() == 11)
        #expect(held(&limit, 80, of: 200, at: 60).min() == 71)
    }

    @Test func timeThatGoesBackStands() {
        var limit = DeletionLimit(.messages(2))
        #expect(held(&limit, 2, at: 1_000) == [])
        #expect(held(&limit, 1, at: 10) == [1])
        #expect(held(&limit, 1, at: .min) == [1])
        #expect(held(&limit, 1, at: 1_060) == [])
    }
}
