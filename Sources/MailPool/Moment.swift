/// A moment of a clock that never goes back and goes on while the machine sleeps, as the time since some fixed beginning.
public struct Moment: Hashable, Comparable, Sendable {
    public let sinceBeginning: Duration

    public init(_ sinceBeginning: Duration) { self.sinceBeginning = sinceBeginning }

    public static func < (left: Moment, right: Moment) -> Bool { left.sinceBeginning < right.sinceBeginning }

    public static func + (moment: Moment, time: Duration) -> Moment { Moment(moment.sinceBeginning + time) }

    public static func - (later: Moment, earlier: Moment) -> Duration { later.sinceBeginning - earlier.sinceBeginning }
}
