/// The date field of a file name: `YYYY-MM-DD_HHMM`, always 15 characters.
enum FileNameDate {
    /// 0001-01-01 00:00 UTC.
    static let first: Int64 = -62_135_596_800
    /// 9999-12-31 23:59 UTC.
    static let last: Int64 = 253_402_300_740

    /// Of any number of seconds since 1970, in UTC; before year 1 and after year 9999 the first and the last minute.
    static func octets(_ seconds: Int64) -> [UInt8] {
        var octets: [UInt8] = []
        append(seconds, to: &octets)
        return octets
    }

    /// The same, behind what is there.
    static func append(_ seconds: Int64, to octets: inout [UInt8]) {
        let (day, second) = min(max(seconds, first), last).floorDivided(by: 86_400)
        let (year, month, dayOfMonth) = civil(day)
        appendTwo(year / 100, to: &octets)
        appendTwo(year % 100, to: &octets)
        octets.append(UInt8(ascii: "-"))
        appendTwo(month, to: &octets)
        octets.append(UInt8(ascii: "-"))
        appendTwo(dayOfMonth, to: &octets)
        octets.append(UInt8(ascii: "_"))
        appendTwo(second / 3600, to: &octets)
        appendTwo(second / 60 % 60, to: &octets)
    }

    /// Year, month and day of the Gregorian calendar from days since 1970.
    static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Counted from 1 March of year 0 in eras of 400 years, 146,097 days each, so that leap days come last.
        let (era, dayOfEra) = (days + 719_468).floorDivided(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Two digits of 0 to 99.
    private static func appendTwo(_ value: Int64, to octets: inout [UInt8]) {
        octets.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10))
        octets.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10))
    }
}

extension Int64 {
    /// Quotient towards minus infinity, remainder from 0; of a positive divisor.
    func floorDivided(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
