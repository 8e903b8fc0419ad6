/// Whether the cache keeps what it is given: what is told of it once per change, however many bodies come meanwhile.
struct CacheCondition: Sendable {
    typealias Instant = ServiceClock.Instant

    enum Change: Equatable, Sendable {
        /// It keeps nothing, or not everything, for this reason.
        case began(ServiceError)
        /// It keeps everything again.
        case ended
    }

    /// Why bodies are not kept, for people.
    ///
    /// - Parameter reserve: octets of the disk that are left free.
    static func text(of trouble: ServiceError, reserve: UInt64) -> String {
        guard trouble == .noSpace else { return "\(trouble)" }
        return "its disk is full, or nearly: \(reserve >> 20) MiB are left free for others"
    }

    /// Kept for so long after the last failure: near the end of the room one body fits and the next one does not.
    static let calm: Duration = .seconds(60)

    /// Why it does not keep everything; nil where it does.
    private(set) var trouble: ServiceError?
    private var lastFailure: Instant?

    /// Some bodies were kept, or failed to be.
    ///
    /// - Returns: what is to be told of it.
    mutating func note(_ failure: ServiceError?, at now: Instant) -> Change? {
        if let failure {
            lastFailure = now
            defer { trouble = failure }
            return trouble == nil ? .began(failure) : nil
        }
        guard trouble != nil, let lastFailure, now - lastFailure >= Self.calm else { return nil }
        trouble = nil
        return .ended
    }

    /// Whether bodies that nobody waits for are worth fetching: not just after one could not be kept.
    func isWorthTrying(at now: Instant) -> Bool {
        guard trouble != nil, let lastFailure else { return true }
        return now - lastFailure >= Self.calm
    }
}
