import MailModel
import Testing

@testable import MailPool

@Suite("Leasing") struct LeasingTests {
    /// Online, with `count` connections to work with, numbered from 2, and nobody waiting.
    private func working(_ count: Int) -> Play {
        var play = Play.online(connections: count + 1)
        for number in 2...(count + 1) {
            // The first was made ready during the login.
            if number > 2 { for _ in 0..<(number - 1) { _ = play.lease(.changing) } }
            _ = play.login(number)
            _ = play.opened(number)
            for number in 2...number { _ = play.release(number) }
        }
        #expect(play.machine.workers.count == count && play.machine.waitingCount == 0)
        return play
    }

    @Test("the first come in the most urgent lane is next", arguments: [Lane.reading, .listing, .changing, .watching])
    func order(lane: Lane) {
        var play = working(1)
        #expect(play.lease(.watching).first == "call 1 gets 2")
        #expect(play.lease(lane) == [] && play.lease(lane) == [] && play.lease(.bulk) == [])
        #expect(play.machine.isContended)
        #expect(play.release(2) == ["call 2 gets 2 used"])
        #expect(play.release(2) == ["call 3 gets 2 used"])
        #expect(play.lease(.reading) == [])
        #expect(play.release(2) == ["call 5 gets 2 used"])
        #expect(!play.machine.isContended)
        #expect(play.release(2) == ["call 4 gets 2 used"])
    }

    @Test("reading ahead never takes the last connection", arguments: 2...5)
    func lastPlace(count: Int) {
        var play = working(count)
        var taken = 0
        for _ in 0..<(count + 3) { taken += play.lease(.bulk).count { $0.contains("gets") } }
        #expect(taken == count - 1)
        #expect(play.lease(.reading).contains { $0.contains("gets") })
    }

    @Test("with one connection to work with reading ahead may have it")
    func onlyPlace() {
        var play = working(1)
        #expect(play.lease(.bulk) == ["call 1 gets 2"])
    }

    @Test("whoever works in a folder gets the connection that has it open, else one that watches nothing")
    func sameFolder() {
        var play = working(3)
        for _ in 0..<2 { _ = play.lease(.reading) }
        let first = play.release(2, 7)
        #expect(first == ["idle 2"])
        _ = play.release(3, 8)
        #expect(play.lease(.reading, 8) == ["call 8 gets 3 in 8 used"])
        #expect(play.lease(.reading, 9) == ["call 9 gets 4 used"])
        #expect(play.lease(.reading, 9) == ["call 10 gets 2 in 7 used"])
    }

    @Test("a call that does not wait any more gets nothing, and those behind it go on")
    func cancelled() {
        var play = working(1)
        _ = play.lease(.reading)
        _ = play.lease(.reading)
        _ = play.lease(.listing)
        #expect(play.machine.cancel(.init(rawValue: 2)) == true)
        #expect(play.machine.cancel(.init(rawValue: 2)) == false && play.machine.cancel(.init(rawValue: 1)) == false)
        #expect(play.release(2) == ["call 3 gets 2 used"])
    }

    @Test("while the account is offline nobody waits")
    func offline() {
        var play = Play.online()
        _ = play.pass(.seconds(20))
        _ = play.closed(1)
        _ = play.failed(3, .unreachable)
        #expect(play.lease(.reading) == ["call 1 offline"])
        _ = play.stop()
        #expect(play.lease(.reading) == ["call 2 offline"])
    }

    @Test("a connection that ended goes to nobody")
    func ended() {
        var play = working(2)
        _ = play.closed(2)
        #expect(play.lease(.reading) == ["call 3 gets 3 used", "open 4 working"])
        _ = play.closed(3)
        #expect(play.machine.connectionCount == 2)
        // Given back, it is gone.
        _ = play.release(3, 5)
        #expect(play.machine.connectionCount == 1)
    }

    @Test("a server that fell silent on one connection is doubted on all")
    func silent() {
        var play = working(2)
        #expect(play.lease(.reading, 5).first == "call 3 gets 2 used")
        #expect(play.discard(2, isSilent: true) == ["close 2", "close 3", "probe 1"])
    }

    // MARK: - What is heard

    @Test("what is said to somebody who reads is looked into afterwards, in both folders that it may be about")
    func heardByReader() {
        var play = working(1)
        _ = play.lease(.reading, 5)
        _ = play.release(2, 5)
        _ = play.lease(.reading, 6)
        #expect(play.tell(play.machine.heard(.init(rawValue: 2), isCount: true)) == [])
        #expect(play.release(2, 6) == ["moved 5", "moved 6", "idle 2"])
        #expect(play.tell(play.machine.heard(.init(rawValue: 2), isCount: true)) == ["moved 6"])
    }

    @Test("what is said to somebody who synchronises is followed once, not for ever")
    func heardBySynchronisation() {
        var play = working(1)
        func synchronise(_ isCount: Bool) -> [String] {
            _ = play.lease(.watching, 5)
            _ = play.machine.heard(.init(rawValue: 2), isCount: isCount)
            return play.release(2, 5).filter { $0.hasPrefix("moved") }
        }
        #expect(synchronise(true) == [])
        #expect(synchronise(false) == ["moved 5"])
        #expect(synchronise(false) == [])
        #expect(synchronise(false) == ["moved 5"])
    }

    @Test("the only connection goes home, and tells where it was")
    func comesHome() {
        var play = Play.online(connections: 1)
        play.machine.watch(FolderID(rawValue: 9))
        #expect(play.release(1, 9) == [])
        _ = play.lease(.reading, 5)
        #expect(play.release(1, 5) == ["moved 9"])
        _ = play.lease(.watching, 9)
        #expect(play.release(1, 9) == ["left [5]"])
        _ = play.lease(.watching, 9)
        #expect(play.release(1, 9) == [])
    }
}
