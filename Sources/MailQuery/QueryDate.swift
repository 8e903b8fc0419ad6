/// A date as it is written in a query: a day in UTC, or a time ago.
struct QueryDate: Hashable {
    /// Seconds since 1970.
    var start: Int64

    /// Seconds.
    static let day: Int64 = 86_400
    private static let units: [Character: Int64] = [
        "h": 3_600, "d": day, "w": 7 * day, "m": 30 * day, "y": 365 * day,
    ]

    /// nil where it is neither `2026-11-27` nor `7d` (hours, days, weeks, months of 30 and years of 365 days).
    init?(_ text: String, now: Int64) {
        if let last = text.last, let unit = Self.units[last] {
            guard let count = Int64(text.dropLast()), (0...100_000).contains(count) else { return nil }
            start = now - count * unit
            return
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, let year = Int64(parts[0]), let month = Int64(parts[1]),
            let number = Int64(parts[2]), (1...12).contains(month),
            (1...Self.days(of: month, in: year)).contains(number)
        else { return nil }
        start = Self.daysSince1970(year, month, number) * Self.day
    }

    static func startOfDay(_ moment: Int64) -> Int64 {
        let part = moment % day
        return moment - (part < 0 ? part + day : part)
    }

    private static func days(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && year % 100 != 0 || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The proleptic Gregorian calendar, years from March on, in eras of 400 years.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
