/// How quickly something proceeds, and how long the rest will take.
struct TimeLeft {
    private var samples: [(seconds: Double, done: Int)] = []

    /// - Parameter seconds: since some moment, never less than before.
    mutating func saw(_ done: Int, at seconds: Double) {
        // What went back, as a listing that begins anew, says nothing about the rate.
        if let last = samples.last, done < last.done || seconds < last.seconds { samples = [] }
        samples.append((seconds, done))
        // The rate of the last half minute.
        while samples.count > 2, let first = samples.first, seconds - first.seconds > 30 { samples.removeFirst() }
    }

    /// A second; nil before anything is known.
    var rate: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds - first.seconds >= 0.5,
            last.done > first.done
        else { return nil }
        return Double(last.done - first.done) / (last.seconds - first.seconds)
    }

    /// `120/s, 3 min left`; empty before anything is known.
    func describe(total: Int) -> String {
        guard let rate, let done = samples.last?.done else { return "" }
        let shown = rate >= 10 ? "\(Int(min(rate, 1e9)))" : "\((rate * 10).rounded() / 10)"
        guard total > done else { return "\(shown)/s" }
        return "\(shown)/s, \(Self.duration(Double(total - done) / rate)) left"
    }

    /// `40 s`, `12 min`, `3 h 20 min`, `2 d`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 8_640_000 else { return "more than 100 d" }
        let whole = max(1, Int(seconds.rounded(.up)))
        switch whole {
        case ..<100: return "\(whole) s"
        case ..<5_970: return "\((whole + 30) / 60) min"
        case ..<172_800:
            let minutes = (whole + 30) / 60
            return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
        default: return "\((whole + 43_200) / 86_400) d"
        }
    }
}
