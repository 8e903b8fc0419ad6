import Testing

@testable import MailPool

@Suite("By chance") struct RandomTests {
    @Test(
        "whatever happens, in whatever order: nothing is given twice, nobody is forgotten, nothing is left",
        arguments: 0..<300)
    func world(seed: Int) {
        var world = RandomWorld(seed: UInt64(seed))
        for _ in 0..<400 { world.step() }
        #expect(world.violations == [], "seed \(seed)")
        world.settle()
        world.stop()
        #expect(world.violations == [], "seed \(seed)")
    }

    @Test("connections are had in it")
    func worldIsAlive() {
        var grants = 0
        for seed in 0..<50 {
            var world = RandomWorld(seed: UInt64(seed))
            for _ in 0..<400 { world.step() }
            grants += world.grants
        }
        #expect(grants > 500)
    }
}
