import Testing

@testable import MailService

@Suite struct SteadyTimeTests {
    @Test func goesOnWithTheMachine() {
        let first = SteadyTime(kept: nil, boot: "b1", uptime: 50, wall: 1_000)
        #expect(first.seconds(at: 50) == 1_000)
        #expect(first.seconds(at: 650) == 1_600)
        // The program was away; the wall clock was set meanwhile, forward or back.
        for wall: Int64 in [1_700, 90_000, 3] {
            let second = SteadyTime(kept: first.text(at: 650), boot: "b1", uptime: 750, wall: wall)
            #expect(second.seconds(at: 750) == 1_700)
        }
    }

    /// How long the machine was off is known by its wall clock alone, which may be wrong: that time does not count.
    @Test(arguments: ["b2", ""]) func standsStillFromBootToBoot(boot: String) {
        let first = SteadyTime(kept: nil, boot: boot == "" ? "" : "b1", uptime: 50, wall: 1_000)
        for wall: Int64 in [1_700, 90_000, 3] {
            let second = SteadyTime(kept: first.text(at: 650), boot: boot, uptime: 20, wall: wall)
            #expect(second.seconds(at: 20) == 1_600)
            #expect(second.seconds(at: 30) == 1_610)
        }
    }

    @Test(arguments: ["", "b1", "b1 x 4", "b1 1 2 3", "b1  "]) func whatCannotBeRead(kept: String) {
        #expect(SteadyTime(kept: kept, boot: "b1", uptime: 50, wall: 1_000).seconds(at: 50) == 1_000)
    }
}
