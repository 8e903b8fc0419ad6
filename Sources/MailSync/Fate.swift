public import MailModel

/// What this run of the program knows of one operation, beside what the journal says of it. Past tense comes in, what is to be done
/// comes out; moments are durations since one that stays the same.
public struct Fate: Hashable, Sendable {
    public enum Stage: Hashable, Sendable {
        /// Nothing stands against sending it. Exits: all others.
        case waiting
        /// Refused together with others: it is sent by itself. Exits: `sent`; `waiting`, `paused` or `failed` where it is refused.
        case apart
        /// The server did not know its message where it was thought to be, and the folder is listed anew. Exits: `sent` where it was
        /// found, `failed` where it was not found again.
        case doubted
        /// The server had no time for it. Exits: `sent` when the pause is over.
        case paused(until: Duration)
        /// On the wire, or its answer was lost. Exits: `done`; `waiting` where it had no effect, or what a refusal says.
        case sent
        /// On the wire with others that were refused for a reason that sending it by itself would not change. Exits: `done` where it
        /// had an effect all the same, `failed` where it is known to have had none.
        case refused(ChangeFailure)
        /// It will never be done. No exits, but for whoever tries it again by hand: that is another fate.
        case failed(ChangeFailure)
        /// No exits.
        case done
    }

    public private(set) var stage = Stage.waiting
    /// It was refused once for no reason that a program understands, and its message is looked for before it is sent again: the second
    /// refusal is believed.
    public private(set) var isSuspected = false
    /// What the server said that it did, where nothing was seen of it.
    public enum Claim: Hashable, Sendable { case moved, copied }
    public private(set) var claim: Claim?
    private var claims = 0
    /// Pauses in succession.
    public private(set) var pauses = 0

    /// The longest wait between two attempts at what the server has no time for.
    public static let longestPause = Duration.seconds(300)
    /// Attempts before it is given up: about a day.
    public static let mostPauses = 300

    public init() {}

    public var isApart: Bool { stage == .apart }

    public func isPaused(at now: Duration) -> Bool {
        if case .paused(let end) = stage { end > now } else { false }
    }

    // MARK: - What happened

    public mutating func begun() { stage = .sent }

    public mutating func settled() { stage = .done }

    /// The server does not know its message where it is thought to be.
    public mutating func missed() {
        stage = stage == .doubted ? .failed(ChangeFailure(kind: .gone, text: Self.gone)) : .doubted
    }

    /// Its folder has another UIDVALIDITY than its UID is of.
    public mutating func lostEpoch() { stage = .doubted }

    /// The server said that it is done, and nothing was seen of it: it stays sent until that is looked into.
    public mutating func claimed(_ claim: Claim) {
        self.claim = claim
        claims += 1
    }

    /// It was sent, and is known now to have had no effect.
    public mutating func hadNoEffect() {
        switch stage {
        case .refused(let failure): stage = .failed(failure)
        // A move may show a moment later, and another does no harm; another copy may be one too many.
        case .sent where claim == .copied || claims > 1:
            stage = .failed(ChangeFailure(kind: .refused, text: Self.lie))
        case .sent: stage = .waiting
        case .waiting, .apart, .doubted, .paused, .failed, .done: break
        }
    }

    /// The server refused it alone.
    ///
    /// - Parameter hasOrigin: it is about a message that the server has.
    public mutating func refused(_ refusal: Refusal, hasOrigin: Bool, at now: Duration) {
        if refusal.isBusy, pause(at: now) { return }
        pauses = 0
        var failure = refusal.failure
        if refusal.isBusy { failure.kind = .busy }
        if failure.kind == .refused, hasOrigin, !isSuspected {
            // Often the message, or its folder, is gone.
            isSuspected = true
            stage = .waiting
        } else {
            stage = .failed(failure)
        }
    }

    /// The server refused it with others, and nothing was done to any of them.
    public mutating func refusedTogether(_ refusal: Refusal, at now: Duration) {
        if refusal.isBusy {
            if !pause(at: now) { stage = .apart }
        } else {
            stage = refusal.concernsAll ? .failed(refusal.failure) : .apart
        }
    }

    /// The server refused it with others, to some of which it may have been done.
    public mutating func refusedInDoubt(_ refusal: Refusal, at now: Duration) {
        if refusal.isBusy {
            if !pause(at: now) { stage = .apart }
        } else {
            stage = refusal.concernsAll ? .refused(refusal.failure) : .apart
        }
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
