import MailModel
import SeededNumbers

@testable import MailPool
/// A server, callers and a network that do as chance has it, around a machine; what contradicts its promises is written down.
struct RandomWorld {
    private enum Attempt { case connecting, atLogin, loggingIn }

    var machine: PoolStateMachine
    private var numbers: SeededNumbers
    private let most: Int
    private var now = Moment(.zero)
    private var attempts: [ConnectionNumber: (role: ConnectionRole, stage: Attempt)] = [:]
    private var up: Set<ConnectionNumber> = []
    /// Closed by the machine or the server; the machine has not heard of the end yet.
    private var ending: Set<ConnectionNumber> = []
    private var leases: [ConnectionNumber: Lane] = [:]
    private var calls: [LeaseRequest: Lane] = [:]
    private var cancelled: Set<LeaseRequest> = []
    private var lastCall = 0
    private var slept = Duration.zero
    private var refusedLogins: [Moment] = []
    private var wasAsked = false
    private(set) var violations: [String] = []
    private(set) var grants = 0

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
        most = Int.random(in: 1...6, using: &numbers)
        machine = PoolStateMachine(connections: most, isRenewable: Bool.random(using: &numbers))
        perform(machine.start())
    }

    mutating func step() {
        let place = Int.random(in: 0..<20, using: &numbers)
        switch place {
        case 0...3: moveAttempt()
        case 4...7: call()
        case 8...11: giveBack()
        case 12: end()
        case 13, 14: hearOfEnd()
        case 15: pass(.milliseconds(Int.random(in: 0...20_000, using: &numbers)))
        case 16: giveUpCall()
        case 17: if let deadline = machine.nextDeadline { pass(max(.zero, deadline - now)) }
        case 18: rarely()
        default: heard()
        }
        check()
    }

    /// Everybody is answered, and everything goes well from here on: nobody may be left waiting.
    mutating func settle() {
        for _ in 0..<2_000 where !calls.isEmpty {
            while let number = ending.min() { hearOfEnd(number) }
            if let number = leases.keys.min() {
                giveBack(number, discard: false)
            } else if let (number, attempt) = attempts.min(by: { $0.key < $1.key }) {
                move(number, attempt, succeeds: true)
            } else if let deadline = machine.nextDeadline {
                pass(max(.zero, deadline - now))
            } else {
                break
            }
            check()
        }
        if !calls.isEmpty { violations.append("\(calls.count) calls are left waiting") }
    }

    mutating func stop() {
        perform(machine.stop())
        if !calls.isEmpty { violations.append("calls outlive the stop") }
        if !attempts.isEmpty || !up.subtracting(ending).isEmpty { violations.append("connections outlive the stop") }
        if machine.nextDeadline != nil { violations.append("time matters after the stop") }
    }

    // MARK: - What happens

    private mutating func moveAttempt() {
        guard let (number, attempt) = attempts.sorted(by: { $0.key < $1.key }).randomElement(using: &numbers) else {
            return
        }
        move(number, attempt, succeeds: Int.random(in: 0..<3, using: &numbers) > 0)
    }

    private mutating func move(
        _ number: ConnectionNumber, _ attempt: (role: ConnectionRole, stage: Attempt), succeeds: Bool
    ) {
        switch (attempt.stage, succeeds) {
        case (.connecting, true):
            attempts[number]?.stage = .atLogin
            perform(machine.loginReached(number))
        case (.loggingIn, true):
            attempts[number] = nil
            up.insert(number)
            perform(machine.opened(number, at: now))
        case (.atLogin, true):
            // Nothing to do but to wait for the word.
            if case .opening = machine.phase {} else { fail(number, .unreachable) }
        case (.loggingIn, false):
            let kinds: [PoolFailure.Kind] = [.refused, .throttled(seconds: 7), .silent, .unreachable, .violation]
            let kind = kinds.randomElement(using: &numbers) ?? .silent
            if kind == .refused, attempt.role == .watching {
                refusedLogins.append(now)
                // What somebody asks for is his own.
                if wasAsked { refusedLogins = [now] }
                wasAsked = false
            }
            fail(number, kind)
        case (_, false):
            fail(number, .unreachable)
        }
    }

    private mutating func fail(_ number: ConnectionNumber, _ kind: PoolFailure.Kind) {
        attempts[number] = nil
        let spread = Double.random(in: 0...1, using: &numbers)
        perform(machine.failed(number, PoolFailure(kind, ""), at: now, spread: spread))
    }

    private mutating func call() {
        lastCall += 1
        let request = LeaseRequest(rawValue: lastCall)
        let lane = Lane.allCases.randomElement(using: &numbers) ?? .bulk
        calls[request] = lane
        let folder = Bool.random(using: &numbers) ? FolderID(rawValue: Int64.random(in: 1...4, using: &numbers)) : nil
        perform(machine.lease(request, lane, folder: folder, at: now))
    }

    private mutating func giveUpCall() {
        guard let request = calls.keys.min(by: { $0.rawValue < $1.rawValue }) else { return }
        if !machine.cancel(request) { violations.append("call \(request.rawValue) waits nowhere") }
        calls[request] = nil
        cancelled.insert(request)
    }

    private mutating func giveBack() {
        guard let number = leases.keys.sorted().randomElement(using: &numbers) else { return }
        giveBack(number, discard: Int.random(in: 0..<5, using: &numbers) == 0)
    }

    private mutating func giveBack(_ number: ConnectionNumber, discard: Bool) {
        leases[number] = nil
        if discard {
            perform(machine.discard(number, isSilent: Bool.random(using: &numbers), at: now))
        } else {
            let folder = FolderID(rawValue: Int64.random(in: 1...4, using: &numbers))
            perform(
                machine.release(
                    number, selected: SelectedFolder(folder: folder, uidValidity: nil), canIdle: true, at: now))
        }
    }

    private mutating func end() {
        if let number = up.sorted().randomElement(using: &numbers) { ending.insert(number) }
    }

    private mutating func hearOfEnd() {
        if let number = ending.sorted().randomElement(using: &numbers) { hearOfEnd(number) }
    }

    private mutating func hearOfEnd(_ number: ConnectionNumber) {
        ending.remove(number)
        up.remove(number)
        let spread = Double.random(in: 0...1, using: &numbers)
        perform(machine.closed(number, words: nil, at: now, spread: spread))
    }

    private mutating func pass(_ time: Duration) {
        now = now + time
        guard let deadline = machine.nextDeadline, deadline <= now else { return }
        perform(machine.timePassed(at: now))
        if let next = machine.nextDeadline, next <= now { violations.append("time goes round in circles") }
    }

    private mutating func rarely() {
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0:
            wasAsked = true
            perform(machine.wanted())
        case 1:
            slept += .seconds(Int.random(in: 0...20, using: &numbers))
            perform(machine.looked(slept: slept, hasOtherCredentials: false))
        case 2: perform(machine.closeIdle())
        default: machine.watch(FolderID(rawValue: 1))
        }
    }

    private mutating func heard() {
        guard let number = up.sorted().randomElement(using: &numbers) else { return }
        perform(machine.heard(number, isCount: Bool.random(using: &numbers)))
    }

    // MARK: - What is promised

    private mutating func perform(_ actions: [PoolAction]) {
        for action in actions { perform(action) }
    }

    private mutating func perform(_ action: PoolAction) {
        switch action {
        case .open(let number, let role):
            if attempts[number] != nil || up.contains(number) { violations.append("\(number.rawValue) opened twice") }
            attempts[number] = (role, .connecting)
        case .close(let number):
            attempts[number] = nil
            if up.contains(number) { ending.insert(number) }
        case .logIn(let number):
            if attempts[number]?.stage != .atLogin { violations.append("\(number.rawValue) is not at its login") }
            if attempts[number]?.role == .working, machine.state != .online {
                violations.append("\(number.rawValue) logs in before the watching one was let in")
            }
            attempts[number]?.stage = .loggingIn
        case .abandonLogin(let number): fail(number, .unreachable)
        case .grant(let request, let grant):
            grants += 1
            guard let lane = calls.removeValue(forKey: request) else {
                return violations.append("call \(request.rawValue) is answered twice, or was given up")
            }
            if !up.contains(grant.connection) { violations.append("what is given is not up") }
            if leases[grant.connection] != nil { violations.append("\(grant.connection.rawValue) is given twice") }
            leases[grant.connection] = lane
        case .refuse(let request, _):
            if calls.removeValue(forKey: request) == nil {
                violations.append("call \(request.rawValue) is answered twice, or was given up")
            }
        case .watch(let number, let isLeased): if isLeased { leases[number] = .watching }
        case .limited(let count): if count > most || count < 1 { violations.append("a limit of \(count)") }
        case .idle(let number):
            if leases[number] != nil { violations.append("\(number.rawValue) idles in somebody's hands") }
        case .probe, .tell, .folderMoved, .foldersLeft, .slept, .attemptEnded: break
        }
    }

    private mutating func check() {
        let working = machine.workers.filter { $0.key != machine.watching && !$0.value.isClosed }
        if working.count + machine.opening.count > max(1, most - 1) { violations.append("too many connections") }
        if most > 1, machine.workers.values.count(where: { $0.lane == .bulk }) > max(1, most - 2) {
            violations.append("reading ahead has the last connection")
        }
        let recent = refusedLogins.suffix(5)
        if recent.count == 5, let first = recent.first, now - first <= .seconds(600), refusedLogins.last == now {
            violations.append("five refused logins in ten minutes")
        }
    }
}
