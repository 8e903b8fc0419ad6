@testable import MailService

extension ServiceClock {
    /// The system's, so many times as fast: pauses of minutes pass while a test waits for what follows them.
    static func hastened(_ times: Int) -> ServiceClock {
        let start = ContinuousClock.now
        return ServiceClock(
            now: { start + (ContinuousClock.now - start) * times },
            sleep: { deadline in
                try await Task.sleep(until: start + (deadline - start) / times, clock: .continuous)
            })
    }
}
