internal import IMAPProtocol
internal import NIOCore

/// Measures how long the server has been silent while it owed an answer.
struct SilenceWatch {
    private var isDue = false
    private var lastSign = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?

    /// Something came, or was taken, at this moment.
    mutating func heard(at moment: NIODeadline) {
        lastSign = moment
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
        lastSign = max(lastSign, moment)
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

    private var silenceLimit: TimeAmount {
        let limit = TimeAmount.nanoseconds(configuration.timeout.nanosecondsClamped)
        if case .open = phase, pipeline.isEndingIdle { return min(limit, ConnectionDriver.endOfIdle) }
        return limit
    }

    private var isAnswerDue: Bool {
        switch phase {
        case .opening(let opening): opening.isAnswerDue || wire.isHandshaking
        case .open: pipeline.isAnswerDue
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
