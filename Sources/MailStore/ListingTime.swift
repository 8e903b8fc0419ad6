import Glibc

/// The times of listings, which directories have as their mtimes: nanoseconds since 1970, another one after each change and none that is still
/// to come.
public enum ListingTime {
    private static let second: Int64 = 1_000_000_000

    /// The system's clock where it is in this second, or just behind it, as what tells seconds may lag; else the begin of the second.
    ///
    /// - Parameter seconds: since 1970.
    public static func moment(of seconds: Int64) -> Int64 {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        // What is beyond is no time that a clock has.
        let begin = min(max(seconds, 0), 9_000_000_000) * second
        let now = min(max(Int64(clock.tv_sec), 0), 9_000_000_000) * second + Int64(clock.tv_nsec)
        return begin <= now && now - begin < 2 * second ? now : begin
    }

    /// The time of a listing that changes.
    ///
    /// - Parameter last: that it had.
    public static func next(after last: Int64, at moment: Int64) -> Int64 {
        max(moment, last == .max ? last : last + 1)
    }

    /// A time as it was stored: earlier programs have stored seconds.
    static func stored(_ time: Int64) -> Int64 { time < 100_000_000_000 ? moment(of: time) : time }
}
