import Testing

@testable import Fuse

@Suite("WatchSchedule")
struct WatchScheduleTests {
    private let ms: UInt64 = 1_000_000

    @Test("looks soon, then less and less often, up to a bound")
    func pauses() {
        var schedule = WatchSchedule()
        schedule.add(7, at: 0)
        #expect(schedule.next == 4 * ms)
        #expect(schedule.due(at: 4 * ms - 1).isEmpty && schedule.due(at: 4 * ms) == [7])
        var now = 4 * ms
        var pauses: [UInt64] = []
        for _ in 0..<7 {
            schedule.postpone(7, at: now)
            let next = schedule.next ?? 0
            pauses.append((next - now) / ms)
            now = next
        }
        #expect(pauses == [8, 16, 32, 64, 100, 100, 100])
        let age = schedule.postpone(7, at: now)
        #expect(age == now)
    }

    @Test("a file that is watched already keeps its time")
    func again() {
        var schedule = WatchSchedule()
        schedule.add(7, at: 0)
        schedule.add(7, at: 3 * ms)
        #expect(schedule.next == 4 * ms)
        schedule.remove(7)
        #expect(schedule.next == nil)
        schedule.add(7, at: 5 * ms)
        #expect(schedule.next == 9 * ms)
    }

    @Test("all can be hurried")
    func hurry() {
        var schedule = WatchSchedule()
        for inode in 1...3 { schedule.add(Inode(inode), at: UInt64(inode)) }
        schedule.hurryAll()
        #expect(schedule.due(at: 0) == [1, 2, 3])
    }

    @Test("many files are looked at less often")
    func many() {
        var schedule = WatchSchedule()
        for inode in 1...1000 { schedule.add(Inode(inode), at: 0) }
        for _ in 0..<20 { schedule.postpone(1, at: 0) }
        #expect(schedule.entries[1]?.pause == 1000 * ms)
    }

    @Test("what cannot be reached counts as closed after a minute without a write, and not before")
    func lost() {
        var schedule = WatchSchedule()
        schedule.add(7, at: 0)
        func lost(_ mark: UInt64, _ now: UInt64) -> Bool { schedule.lose(7, mark: mark, at: now * ms) }
        let early = [lost(1, 10), lost(1, 60_000)]
        // A write in between, and a look that reached it, begin the minute anew.
        let afterWrite = lost(2, 60_020)
        schedule.postpone(7, at: 61_000 * ms)
        let afterLook = [lost(2, 120_030), lost(2, 180_029)]
        let late = lost(2, 180_030)
        #expect(early == [false, false] && !afterWrite && afterLook == [false, false] && late)
    }
}
