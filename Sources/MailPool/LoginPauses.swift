/// When a refused login is tried again: never so often that a server takes it for guessing.
///
/// Servers and the programs that watch over them lock an account or an address out after five refusals and more within ten minutes;
/// here no ten minutes see more than four.
public struct LoginPauses: Hashable, Sendable {
    /// Refusals in succession.
    public private(set) var refusals = 0

    /// The pauses after the first, the second, ... refusal where the credentials may be others each time, in seconds.
    static let renewable = [5, 60, 240, 300, 300, 900]
    /// The pause where they are the same until somebody changes them, in seconds.
    static let fixed = 3_600

    public init() {}

    public mutating func accepted() { refusals = 0 }

    /// The wait before the next attempt.
    ///
    /// - Parameters:
    ///   - isRenewable: the credentials may be others next time.
    ///   - spread: 0 to 1; keeps several clients from coming back in one moment.
    public mutating func refused(isRenewable: Bool, spread: Double) -> Duration {
        let seconds = isRenewable ? Self.renewable[min(refusals, Self.renewable.count - 1)] : Self.fixed
        refusals += 1
        // An hour is an hour, seconds may be some more.
        let share = isRenewable ? 0.25 : 0.05
        return .seconds(seconds) * (1 + share * min(max(spread, 0), 1))
    }
}
