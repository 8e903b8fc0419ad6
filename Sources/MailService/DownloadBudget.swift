internal import Logging
internal import MailStore
internal import Synchronization

/// How many octets of bodies may still be fetched today, a day of UTC. What was counted survives a restart, but for the last mebibyte.
final class DownloadBudget: Sendable {
    private struct State {
        var day: Int64 = 0
        var octets: UInt64 = 0
        /// Written down.
        var stored: UInt64 = 0
        var isUsedUp = false
    }

    private static let key = "downloaded"
    private static let step: UInt64 = 1 << 20

    private let limit: UInt64?
    private let store: MailStore
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: octets in a day; nil: as many as are wanted.
    ///   - now: seconds since 1970.
    init(limit: UInt64?, store: MailStore, logger: Logger, now: @escaping @Sendable () -> Int64) {
        self.limit = limit
        self.store = store
        self.logger = logger
        self.now = now
        guard limit != nil, let text = try? store.setting(Self.key) else { return }
        let numbers = text.split(separator: " ")
        guard numbers.count == 2, let day = Int64(numbers[0]), let octets = UInt64(numbers[1]) else { return }
        state.withLock { state in
            state.day = day
            state.octets = octets
            state.stored = octets
        }
    }

    /// For people; nil where more may be fetched.
    var obstacle: String? {
        let day = now() / 86_400
        return state.withLock { $0.isUsedUp && $0.day == day } ? Self.text : nil
    }

    private static let text = "what --download-limit allows is used up for today (UTC)"

    /// Counts a body that is about to be fetched.
    ///
    /// - Parameter isAwaited: somebody waits for it; for those a tenth is left by whatever is fetched ahead.
    /// - Throws: `ServiceError.limitReached`.
    func take(_ octets: UInt64, isAwaited: Bool) throws(ServiceError) {
        guard let limit else { return }
        let day = now() / 86_400
        let bound = isAwaited ? limit : limit - limit / 10
        let (isTaken, isNews, text) = state.withLock { state -> (Bool, Bool, String?) in
            // A clock that was set back gives no second budget.
            if day > state.day { state = State(day: day) }
            let (sum, overflows) = state.octets.addingReportingOverflow(octets)
            guard !overflows, sum <= bound else {
                let isNews = isAwaited && !state.isUsedUp
                if isAwaited { state.isUsedUp = true }
                return (false, isNews, nil)
            }
            state.octets = sum
            guard sum - state.stored >= Self.step || sum > limit - limit / 10 else { return (true, false, nil) }
            state.stored = sum
            return (true, false, "\(state.day) \(sum)")
        }
        if let text {
            do {
                try store.setSetting(Self.key, text)
            } catch {
                logger.info("cannot remember what was fetched today: \(error)")
            }
        }
        if isNews { logger.notice("\(Self.text)") }
        if !isTaken { throw .limitReached(Self.text) }
    }
}
