/// How long to wait between attempts to connect: doubling, with a bound, spread by a caller's random number.
public struct Backoff: Hashable, Sendable {
    private var failures = 0

    public static let longest: Duration = .seconds(30)

    public init() {}

    public mutating func succeeded() { failures = 0 }

    /// The wait before the next attempt.
    /// - Parameter spread: 0 to 1; keeps several clients from coming back in one moment.
    public mutating func failed(spread: Double) -> Duration {
        let exponent = min(failures, 6)
        failures += 1
        let base = Duration.milliseconds(500 * (1 << exponent))
        return min(base, Self.longest) * (0.75 + 0.5 * min(max(spread, 0), 1))
    }
}
