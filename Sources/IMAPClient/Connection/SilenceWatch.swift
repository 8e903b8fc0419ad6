internal import IMAPProtocol
internal import NIOCore

/// Measures how long the server has brought nothing that helps while it owed an answer.
///
/// Answers are progress, and so are the octets of a message that somebody waits for, as long as there are some. All else, a response
/// that is still incomplete among it, shows that somebody is there; that puts the end off, but not for ever.
struct SilenceWatch {
    private var isDue = false
    private var lastSign = NIODeadline.uptimeNanoseconds(0)
    private var lastProgress = NIODeadline.uptimeNanoseconds(0)
    /// Since the last progress.
    private var sureOctets = 0
    /// Since the last sign.
    private var otherOctets = 0
    private var timer: Scheduled<Void>?

    /// So many octets within the limit are progress.
    private static let sureEnough = 2_048
    /// So many of which nobody knows what they are for show that the line is not dead.
    private static let otherEnough = 16_384
    /// How often the limit may pass without progress, whatever is sent.
    private static let mostLimits = 20
    /// What an answer counts at least.
    static let octetsOfAnswer = 512

    /// Something came that was waited for, or was taken, at this moment.
    mutating func progressed(at moment: NIODeadline) {
        lastSign = moment
        lastProgress = moment
        sureOctets = 0
        otherOctets = 0
    }

    /// Octets came at this moment. `isSure`: they are wanted.
    mutating func gained(_ octets: Int, isSure: Bool, at moment: NIODeadline, limit: TimeAmount) {
        if isSure {
            sureOctets &+= octets
            if sureOctets >= Self.sureEnough { progressed(at: moment) }
        } else {
            otherOctets &+= octets
            if otherOctets >= Self.otherEnough { stillThere(at: moment, limit: limit) }
        }
    }

    /// The server shows that it lives.
    mutating func stillThere(at moment: NIODeadline, limit: TimeAmount) {
        otherOctets = 0
        if moment < lastProgress + limit * Self.mostLimits { lastSign = moment }
    }

    mutating func stop() {
        timer?.cancel()
        timer = nil
        isDue = false
    }

    /// Says whether an answer is due now; true where a new timer is wanted: before, none was due.
    mutating func changed(isDue due: Bool, at moment: NIODeadline) -> Bool {
        defer { isDue = due }
        guard due else {
            timer?.cancel()
            timer = nil
            return false
        }
        guard !isDue || timer == nil else { return false }
        progressed(at: max(lastSign, moment))
        return true
    }

    mutating func started(_ timer: Scheduled<Void>) {
        self.timer?.cancel()
        self.timer = timer
    }

    mutating func expired() {
        timer = nil
    }

    /// When patience ends, seen from the last sign of life.
    func deadline(after limit: TimeAmount) -> NIODeadline {
        lastSign + limit
    }
}

extension ConnectionDriver {
    /// A live server answers DONE at once.
    private static let endOfIdle = TimeAmount.seconds(10)

    var silenceLimit: TimeAmount {
        let limit = TimeAmount.nanoseconds(configuration.timeout.nanosecondsClamped)
        if case .open = phase, pipeline.isEndingIdle { return min(limit, ConnectionDriver.endOfIdle) }
        return limit
    }

    private var isAnswerDue: Bool {
        switch phase {
        case .opening(let opening): opening.isAnswerDue || wire.isHandshaking
        case .open: pipeline.isAnswerDue && !isHeldUp && upload?.isStarved != true
        case .closed: false
        }
    }

    /// Called after every event.
    func watchSilence() {
        let now = NIODeadline.now()
        if silence.changed(isDue: isAnswerDue, at: now) { scheduleSilence(at: now + silenceLimit) }
    }

    private func scheduleSilence(at deadline: NIODeadline) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        silence.started(eventLoop.scheduleTask(deadline: deadline) { bound.value.silenceExpired() })
    }

    private func silenceExpired() {
        silence.expired()
        guard isAnswerDue else { return }
        let limit = silenceLimit
        let deadline = silence.deadline(after: limit)
        if NIODeadline.now() < deadline {
            scheduleSilence(at: deadline)
        } else {
            let seconds = limit.nanoseconds / 1_000_000_000
            finish(.silent(seconds: Int(max(1, seconds))))
        }
    }
}
