import MailModel
import Testing

@testable import MailPool

/// Plays with a machine and writes down what it wants done.
struct Play {
    var machine: PoolStateMachine
    var now = Moment(.zero)
    private var calls = 0
    private var slept = Duration.seconds(100)

    init(connections: Int = 4, isRenewable: Bool = false) {
        machine = PoolStateMachine(connections: connections, isRenewable: isRenewable)
    }

    /// A machine whose watching connection is up, with what that took.
    static func online(connections: Int = 4, isRenewable: Bool = false) -> Play {
        var play = Play(connections: connections, isRenewable: isRenewable)
        _ = play.start()
        _ = play.login(1)
        _ = play.opened(1)
        return play
    }

    mutating func start() -> [String] { tell(machine.start(slept: slept)) }

    /// The machine slept for so long since it was last looked at.
    mutating func sleep(_ time: Duration) -> [String] {
        slept += time
        return look()
    }

    mutating func look(hasOtherCredentials: Bool = false) -> [String] {
        tell(machine.looked(slept: slept, hasOtherCredentials: hasOtherCredentials))
    }

    mutating func stop() -> [String] { tell(machine.stop()) }
    mutating func wanted() -> [String] { tell(machine.wanted()) }
    mutating func login(_ number: Int) -> [String] { tell(machine.loginReached(.init(rawValue: number))) }
    mutating func opened(_ number: Int) -> [String] { tell(machine.opened(.init(rawValue: number), at: now)) }

    mutating func failed(_ number: Int, _ kind: PoolFailure.Kind, _ text: String = "so") -> [String] {
        tell(machine.failed(.init(rawValue: number), PoolFailure(kind, text), at: now, spread: 0.5))
    }

    mutating func closed(_ number: Int, _ words: String? = nil) -> [String] {
        tell(machine.closed(.init(rawValue: number), words: words, at: now, spread: 0.5))
    }

    /// Calls are numbered from 1.
    mutating func lease(_ lane: Lane, _ folder: Int64? = nil) -> [String] {
        calls += 1
        return tell(
            machine.lease(.init(rawValue: calls), lane, folder: folder.map(FolderID.init(rawValue:)), at: now))
    }

    mutating func release(_ number: Int, _ folder: Int64? = nil) -> [String] {
        let selected = folder.map { SelectedFolder(folder: FolderID(rawValue: $0), uidValidity: nil) }
        return tell(machine.release(.init(rawValue: number), selected: selected, canIdle: true, at: now))
    }

    mutating func discard(_ number: Int, isSilent: Bool = false) -> [String] {
        tell(machine.discard(.init(rawValue: number), isSilent: isSilent, at: now))
    }

    /// Time goes on, and the machine hears of it when it wanted to.
    mutating func pass(_ time: Duration) -> [String] {
        now = now + time
        guard let deadline = machine.nextDeadline, deadline <= now else { return [] }
        return tell(machine.timePassed(at: now))
    }

    func tell(_ actions: [PoolAction]) -> [String] { actions.map(Self.text) }

    static func text(_ action: PoolAction) -> String {
        switch action {
        case .open(let number, let role): "open \(number.rawValue) \(role)"
        case .close(let number): "close \(number.rawValue)"
        case .logIn(let number): "login \(number.rawValue)"
        case .abandonLogin(let number): "abandon \(number.rawValue)"
        case .grant(let call, let grant):
            "call \(call.rawValue) gets \(grant.connection.rawValue)"
                + (grant.selected.map { " in \($0.folder.rawValue)" } ?? "") + (grant.isUsed ? " used" : "")
        case .refuse(let call, .offline): "call \(call.rawValue) offline"
        case .refuse(let call, .failed(let failure)): "call \(call.rawValue) \(failure.kind)"
        case .watch(let number, let isLeased): "watch \(number.rawValue)" + (isLeased ? " leased" : "")
        case .idle(let number): "idle \(number.rawValue)"
        case .probe(let number): "probe \(number.rawValue)"
        case .tell(let state, let reason): state.rawValue + (reason.map { ": \($0)" } ?? "")
        case .folderMoved(let folder): "moved \(folder.rawValue)"
        case .foldersLeft(let folders): "left \(folders.map(\.rawValue).sorted())"
        case .limited(let count): "limit \(count)"
        case .slept: "slept"
        case .attemptEnded: "outcome"
        }
    }
}
