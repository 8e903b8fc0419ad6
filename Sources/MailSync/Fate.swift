public import MailModel

/// What this run of the program knows of one operation, beside what the journal says of it. Past tense comes in, what is to be done
/// comes out; moments are durations since one that stays the same.
public struct Fate: Hashable, Sendable {
    public enum Stage: Hashable, Sendable {
        /// Nothing stands against sending it. Exits: all others.
        case waiting
        /// Refused together with others: it is sent by itself. Exits: `sent`; `doubted` where its message is not known; `waiting`,
        /// `paused` or `failed` where it is refused; `done` where it had an effect all the same.
        case apart
        /// The server did not know its message where it was thought to be, and the folder is listed anew. Exits: `sent` where it was
        /// found, `failed` where it was not found again; or what a refusal says.
        case doubted
        /// The server had no time for it, or what became of it cannot be seen now. When the pause is over it is as `waiting`, or as
        /// `sent` where it was that. Exits: all but `waiting`, unless it is refused.
        case paused(until: Duration)
        /// On the wire, or its answer was lost. Exits: `done`; `waiting` where it had no effect; `paused` or `failed` where that was so
        /// before, where the server says that it had one and none is to be seen, or the folder cannot be looked into; or what a refusal
        /// says.
        case sent
        /// On the wire with others that were refused for a reason that sending it by itself would not change. Exits: `done` where it
        /// had an effect all the same, `failed` where it is known to have had none, `paused` where the folder cannot be looked into.
        case refused(ChangeFailure)
        /// It will never be done. No exits, but for whoever tries it again by hand: that is another fate.
        case failed(ChangeFailure)
        /// No exits.
        case done
    }

    public private(set) var stage = Stage.waiting
    /// It was refused once for no reason that a program understands, and its message, if the server has one, is looked for before it is sent
    /// again: the second refusal is believed.
    public private(set) var isSuspected = false
    /// What the server said that it did, where nothing was seen of it.
    public enum Claim: Hashable, Sendable { case moved, copied }
    public private(set) var claim: Claim?
    private var claims = 0
    /// How often its answer was lost and it had no effect.
    private var losses = 0
    /// Pauses in succession.
    public private(set) var pauses = 0
    /// The server said that it is done; it is believed when it was seen.
    public private(set) var isConfirmed = false
    /// How often it was looked for in vain since.
    private var looks = 0

    /// The longest wait between two attempts at what the server has no time for.
    public static let longestPause = Duration.seconds(300)
    /// Attempts before it is given up: about a day.
    public static let mostPauses = 300
    /// How often what the server said to have done is looked for: for half a minute.
    public static let mostLooks = 6
    /// Attempts at what is refused together with the folder that its message is in: for a minute.
    public static let mostOpenings = 7

    public init() {}

    /// As the journal has it, of which this run knows nothing more.
    public init(of state: Operation.State) {
        switch state {
        case .waiting: stage = .waiting
        case .sent: stage = .sent
        case .failed(let failure): stage = .failed(failure)
        }
    }

    /// It is sent by itself: others that were sent with it may have been refused for its sake, or the connection lost again and again.
    public var isApart: Bool { stage == .apart || losses > 3 }

    public func isPaused(at now: Duration) -> Bool {
        if case .paused(let end) = stage { end > now } else { false }
    }

    /// Failed and done are the ends: nothing happens to it any more.
    private var isOver: Bool {
        switch stage {
        case .failed, .done: true
        case .waiting, .apart, .doubted, .paused, .sent, .refused: false
        }
    }

    // MARK: - What happened

    public mutating func begun() {
        guard !isOver else { return }
        stage = .sent
        isConfirmed = false
        looks = 0
    }

    /// The server says that it is done.
    public mutating func confirmed() {
        guard !isOver else { return }
        isConfirmed = true
    }

    /// Its effect is not to be seen, although the server said that it is done: some show it a moment later.
    public mutating func unseen(at now: Duration) {
        guard !isOver else { return }
        guard looks < Self.mostLooks - 1 else {
            stage = .failed(ChangeFailure(kind: .refused, text: Self.nowhere))
            return
        }
        stage = .paused(until: now + .seconds(1 << looks))
        looks += 1
    }

    /// The folder that it was to come to cannot be looked into: whether it had an effect is not known.
    public mutating func unlisted(at now: Duration) {
        guard !isOver else { return }
        if !pause(at: now) { stage = .failed(ChangeFailure(kind: .busy, text: Self.hidden)) }
    }

    /// The folder that its message is in cannot be opened, for no reason that a program understands.
    public mutating func unopened(_ refusal: Refusal, at now: Duration) {
        guard !isOver else { return }
        if pauses < Self.mostOpenings - 1, pause(at: now) { return }
        stage = .failed(ChangeFailure(kind: .gone, text: refusal.failure.text))
    }

    public mutating func settled() {
        guard !isOver else { return }
        stage = .done
    }

    /// The server does not know its message where it is thought to be.
    public mutating func missed() {
        guard !isOver else { return }
        stage = stage == .doubted ? .failed(ChangeFailure(kind: .gone, text: Self.gone)) : .doubted
    }

    /// Its folder has another UIDVALIDITY than its UID is of.
    public mutating func lostEpoch() {
        guard !isOver else { return }
        stage = .doubted
    }

    /// The server said that it is done, and nothing was seen of it: it stays sent until that is looked into.
    public mutating func claimed(_ claim: Claim) {
        guard !isOver else { return }
        self.claim = claim
        claims += 1
    }

    /// It was sent, and is known now to have had no effect.
    public mutating func hadNoEffect() {
        switch stage {
        case .refused(let failure): stage = .failed(failure)
        // A move may show a moment later, and another does no harm; another copy may be one too many.
        case .sent where claim == .copied || claims > 1, .paused where claim == .copied || claims > 1:
            stage = .failed(ChangeFailure(kind: .refused, text: Self.lie))
        case .sent: stage = .waiting
        case .waiting, .apart, .doubted, .paused, .failed, .done: break
        }
    }

    /// It was sent, its answer was lost, and it is known now to have had no effect. One connection may have ended by chance, and a line or
    /// a server may be bad for a while: it is sent again after longer and longer pauses, for a day (HAZARD 23).
    public mutating func lost(at now: Duration) {
        guard stage == .sent, claim == nil else { return hadNoEffect() }
        losses += 1
        if losses == 1 {
            stage = .waiting
        } else if !pause(at: now) {
            stage = .failed(ChangeFailure(kind: .busy, text: "it was sent \(losses) times without an answer"))
        }
    }

    /// The server refused it alone.
    public mutating func refused(_ refusal: Refusal, at now: Duration) {
        guard !isOver else { return }
        if refusal.isBusy, pause(at: now) { return }
        pauses = 0
        var failure = refusal.failure
        if refusal.isBusy { failure.kind = .busy }
        if failure.kind == .refused, !isSuspected {
            // Often the message, or its folder, is gone, or an outage ended just after it.
            isSuspected = true
            stage = .waiting
        } else {
            stage = .failed(failure)
        }
    }

    /// The server refused it with others, and nothing was done to any of them.
    public mutating func refusedTogether(_ refusal: Refusal, at now: Duration) {
        guard !isOver else { return }
        if refusal.isBusy {
            if !pause(at: now) { stage = .apart }
        } else {
            stage = refusal.concernsAll ? .failed(refusal.failure) : .apart
        }
    }

    /// The server refused it with others, to some of which it may have been done.
    public mutating func refusedInDoubt(_ refusal: Refusal, at now: Duration) {
        guard !isOver else { return }
        if refusal.isBusy {
            if !pause(at: now) { stage = .apart }
        } else {
            stage = refusal.concernsAll ? .refused(refusal.failure) : .apart
        }
    }

    /// Somebody asks for it to be sent now: this attempt is one more.
    public mutating func hurried(at now: Duration) {
        guard isPaused(at: now) else { return }
        stage = .waiting
        pauses = max(pauses - 1, 0)
    }

    /// - Returns: false where it was tried too often.
    private mutating func pause(at now: Duration) -> Bool {
        guard pauses < Self.mostPauses else { return false }
        stage = .paused(until: now + min(.seconds(1 << min(pauses, 9)), Self.longestPause))
        pauses += 1
        return true
    }

    /// For people.
    public static let lie = "the server said that it was done, and it was not"

    /// For people.
    public static let gone = "it does not exist any more"
    /// For people.
    public static let nowhere = "the server said that it has it, and it is not in the folder"
    /// For people.
    public static let hidden = "the folder cannot be looked into: whether it is there is not known"
}

/// What a NO or BAD to a change means.
public struct Refusal: Hashable, Sendable {
    public var failure: ChangeFailure
    /// Not refused for good: the same may be done later.
    public var isBusy: Bool
    /// Whatever was asked of this folder will be refused, message by message too.
    public var concernsAll: Bool

    public init(failure: ChangeFailure, isBusy: Bool = false, concernsAll: Bool = false) {
        self.failure = failure
        self.isBusy = isBusy
        self.concernsAll = concernsAll
    }
}
