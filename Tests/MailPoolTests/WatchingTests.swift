import MailModel
import Testing

@testable import MailPool

@Suite("Staying connected") struct WatchingTests {
    @Test("a second connection is made ready during the login, and logs in when that was accepted")
    func standby() {
        var play = Play()
        #expect(play.start() == ["open 1 watching"])
        #expect(play.start() == [])
        #expect(play.login(1) == ["login 1", "open 2 working"])
        #expect(play.login(2) == [])
        #expect(play.opened(1) == ["online", "login 2", "outcome", "watch 1"])
        #expect(play.opened(2) == [])
    }

    @Test("a wrong password is tried once")
    func refusedOnce() {
        var play = Play()
        _ = play.start()
        _ = play.login(1)
        _ = play.login(2)
        #expect(play.failed(1, .refused) == ["outcome", "refused: so", "abandon 2"])
        #expect(play.failed(2, .unreachable) == [])
        #expect(play.lease(.reading) == ["call 1 refused"])
        // Nothing beside it while it is not known to be right.
        #expect(play.wanted() == ["open 3 watching"])
        #expect(play.login(3) == ["login 3"])
    }

    @Test("one that comes late to the login of a refused account does not log in")
    func late() {
        var play = Play()
        _ = play.start()
        _ = play.login(1)
        _ = play.failed(1, .refused)
        #expect(play.login(2) == ["abandon 2"])
    }

    @Test("pauses after failures double up to half a minute; an hour of them costs no more than they are")
    func hourOfBackoff() {
        var play = Play()
        _ = play.start()
        var attempts = 1
        var pauses: [Duration] = []
        while play.now < Moment(.seconds(3_600)) {
            _ = play.failed(attempts, .unreachable)
            guard let deadline = play.machine.nextDeadline else { break }
            pauses.append(deadline - play.now)
            #expect(play.pass(deadline - play.now - .milliseconds(1)) == [])
            attempts += 1
            #expect(play.pass(.milliseconds(1)) == ["open \(attempts) watching"])
        }
        #expect(
            pauses.prefix(8) == [
                .seconds(0.5), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(30),
                .seconds(30),
            ])
        #expect(attempts > 120 && attempts < 130)
    }

    @Test("who waits is told why the attempt failed; who comes later that the account is offline")
    func obstacles() {
        var play = Play()
        _ = play.start()
        #expect(play.lease(.reading) == [])
        #expect(play.failed(1, .silent) == ["outcome", "offline: so", "call 1 silent"])
        #expect(play.lease(.reading) == ["call 2 offline"])
        _ = play.wanted()
        _ = play.failed(2, .throttled(seconds: 40))
        #expect(play.lease(.reading) == ["call 3 throttled(seconds: Optional(40))"])
        #expect(play.pass(.seconds(39)) == [])
        #expect(play.pass(.seconds(1)) == ["open 3 watching"])
    }

    @Test("a server cannot send us away for more than an hour", arguments: [(nil, 60), (0, 1), (86_400, 3_600)])
    func throttled(asked: Int?, waited: Int) {
        var play = Play()
        _ = play.start()
        _ = play.failed(1, .throttled(seconds: asked))
        #expect(play.machine.nextDeadline == Moment(.seconds(waited)))
    }

    // MARK: - Refused logins

    @Test(
        "with credentials that may be others, attempts come after seconds, then minutes, never more than four in ten minutes"
    )
    func renewable() {
        var play = Play(isRenewable: true)
        _ = play.start()
        var refused: [Duration] = []
        for number in 1...40 {
            _ = play.failed(number, .refused)
            refused.append(play.now.sinceBeginning)
            guard let deadline = play.machine.nextDeadline else { break }
            _ = play.pass(deadline - play.now)
        }
        #expect(refused.count == 40)
        for first in refused { #expect(refused.count { $0 >= first && $0 <= first + .seconds(600) } <= 4) }
        #expect(refused[1] - refused[0] < .seconds(10) && refused[39] - refused[38] >= .seconds(900))
    }

    @Test("with a fixed password it is an hour, unless the password has changed or somebody asks")
    func fixed() {
        var play = Play()
        _ = play.start()
        _ = play.failed(1, .refused)
        #expect(play.machine.awaitsCredentials)
        #expect(play.pass(.seconds(3_599)) == [])
        _ = play.pass(.seconds(900))
        #expect(!play.machine.awaitsCredentials && play.machine.isAttempting)
        _ = play.failed(2, .refused)
        #expect(play.look(hasOtherCredentials: true) == ["open 3 watching"])
        #expect(play.look(hasOtherCredentials: true) == [])
        _ = play.failed(3, .refused)
        #expect(play.wanted() == ["open 4 watching"])
        #expect(play.wanted() == [])
        #expect(play.opened(4).first == "online")
        #expect(play.machine.refusals == 0)
    }

    @Test("where no login is possible, other credentials do not help")
    func impossible() {
        var play = Play(isRenewable: true)
        _ = play.start()
        _ = play.failed(1, .impossible)
        #expect(play.machine.state == .refused)
        #expect(play.machine.nextDeadline.map { $0 >= Moment(.seconds(3_600)) } == true)
    }

    // MARK: - Ends

    @Test("a session that lasted is begun anew at once, and nothing but it is disturbed")
    func lasted() {
        var play = Play.online()
        _ = play.login(2)
        _ = play.opened(2)
        _ = play.lease(.reading)
        _ = play.pass(.seconds(11))
        #expect(play.closed(1) == ["open 4 watching"])
        #expect(play.machine.state == .online && play.machine.workers.count == 1)
    }

    @Test("sessions that end at once are not begun anew in a hurry, and the last words are told")
    func shortLived() {
        var play = Play.online(connections: 1)
        var opened: [Duration] = [.zero]
        var told: [String] = []
        for number in 1...8 {
            told += play.tell(play.machine.gaveUp(.init(rawValue: number), words: "no LIST")).filter {
                $0.contains(":")
            }
            told += play.closed(number).filter { $0.contains(":") }
            if let deadline = play.machine.nextDeadline { _ = play.pass(deadline - play.now) }
            _ = play.login(number + 1)
            _ = play.opened(number + 1)
            opened.append(play.now.sinceBeginning)
        }
        #expect(opened == [0, 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5].map { Duration.seconds($0) })
        #expect(told.first == "offline: sessions do not last: no LIST")
    }

    @Test("words that come after the end are told as well")
    func wordsAfterwards() {
        var play = Play.online(connections: 1)
        for number in 1...3 {
            _ = play.closed(number)
            if let deadline = play.machine.nextDeadline { _ = play.pass(deadline - play.now) }
            _ = play.opened(number + 1)
        }
        #expect(play.closed(4, "gone").contains("offline: sessions do not last: gone"))
        #expect(
            play.tell(play.machine.gaveUp(.init(rawValue: 4), words: "cannot watch INBOX"))
                == ["offline: sessions do not last: cannot watch INBOX"])
        #expect(play.tell(play.machine.gaveUp(.init(rawValue: 3), words: "old")) == [])
    }

    // MARK: - Limits

    @Test("what the server allows is learnt, down to one connection that does everything")
    func limits() {
        var play = Play.online(connections: 8)
        _ = play.login(2)
        #expect(play.failed(2, .refused) == ["limit 1", "close 1"])
        #expect(play.closed(1) == ["open 3 watching"])
        #expect(play.opened(3) == ["outcome", "watch 3 leased"])
        #expect(play.lease(.reading) == [])
        #expect(play.release(3, 5) == ["call 1 gets 3 in 5"])

        play = Play.online(connections: 8)
        _ = play.opened(2)
        _ = play.lease(.reading)
        #expect(play.failed(3, .throttled(seconds: nil)) == ["limit 2"])
        #expect(play.lease(.reading) == [])
        #expect(play.release(2) == ["call 2 gets 2 used"])
    }

    @Test("where no further connection can be made, the watching one shows whether the server is there")
    func noFurther() {
        var play = Play.online()
        #expect(play.lease(.reading) == [])
        #expect(play.failed(2, .unreachable) == ["call 1 unreachable", "close 1"])
        _ = play.pass(.seconds(20))
        #expect(play.closed(1) == ["open 3 watching"])
    }

    // MARK: - Sleep

    @Test("after the machine has slept what was connected is made anew at once")
    func resumed() {
        var play = Play.online()
        _ = play.opened(2)
        _ = play.pass(.seconds(8 * 3_600))
        #expect(play.sleep(.seconds(60)) == ["slept", "close 2", "close 1", "open 3 watching"])
        #expect(play.closed(1) == [] && play.closed(2) == [])
        #expect(play.sleep(.seconds(60)) == ["slept", "close 3", "open 4 watching"])
        #expect(play.failed(3, .unreachable) == [])
        #expect(play.opened(4).contains("watch 4"))
    }

    @Test(
        "a sleep that connections survive changes nothing, nor do several of them",
        arguments: [(0, 0), (9, 0), (10, 1), (3_600, 1), (-60, 0)])
    func shortSleep(seconds: Int, count: Int) {
        var play = Play.online()
        _ = play.opened(2)
        #expect(play.look() == [])
        #expect(play.sleep(.seconds(seconds)).count { $0 == "slept" } == count)
        #expect(play.look() == [])
        #expect(play.sleep(.seconds(9)) == [] && play.sleep(.seconds(9)) == [])
    }

    @Test("other credentials are of interest only where the last were refused")
    func otherCredentials() {
        var play = Play.online()
        #expect(play.look(hasOtherCredentials: true) == [])
        var offline = Play()
        _ = offline.start()
        _ = offline.failed(1, .unreachable)
        #expect(offline.look(hasOtherCredentials: true) == [])
        _ = offline.wanted()
        _ = offline.failed(2, .refused)
        #expect(offline.look() == [])
        #expect(offline.look(hasOtherCredentials: true) == ["open 3 watching"])
    }

    @Test("no pause after a failure outlives a sleep; those that the server asked for and those of refused logins do")
    func resumedWhilePausing() {
        var play = Play()
        _ = play.start()
        for number in 1...8 {
            _ = play.failed(number, .unreachable)
            if number < 8 { _ = play.wanted() }
        }
        #expect(play.sleep(.seconds(60)) == ["slept", "open 9 watching"])
        _ = play.failed(9, .refused)
        #expect(play.sleep(.seconds(60)) == ["slept"])
        _ = play.wanted()
        _ = play.failed(10, .throttled(seconds: 100))
        #expect(play.sleep(.seconds(60)) == ["slept"])
        #expect(play.pass(.seconds(8 * 3_600)) == ["open 11 watching"])
    }

    @Test("after the end nothing is left, and nothing begins")
    func stopped() {
        var play = Play()
        _ = play.start()
        _ = play.lease(.reading)
        _ = play.login(1)
        _ = play.login(2)
        #expect(play.stop() == ["abandon 2", "close 1", "close 2", "call 1 offline", "outcome"])
        #expect(play.stop() == [] && play.wanted() == [] && play.start() == [])
        #expect(play.opened(1) == ["close 1"] && play.login(2) == ["abandon 2"])
        #expect(play.sleep(.seconds(60)) == ["slept"] && play.machine.nextDeadline == nil)
    }
}
