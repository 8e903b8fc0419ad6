/// Dates as FETCH and APPEND carry them (RFC 3501 section 9, `date-time`).
///
/// ```
/// IMAPDate.format(837_571_465)                                       "17-Jul-1996 02:44:25 +0000"
/// IMAPDate.parse(Array(" 7-Jul-1996 02:44:25 -0700".utf8))           seconds since 1970
/// ```
public enum IMAPDate {
    /// Seconds since 1970, from year 1 to 9999; nil for anything that is no date: day 00, zone +9900, another format.
    ///
    /// A day of one digit without its blank is accepted (`Quirk.oneDigitDay`).
    public static func parse(_ bytes: some Collection<UInt8>) -> Int64? {
        if let found = bytes.withContiguousStorageIfAvailable({ parse(UnsafeRawBufferPointer($0)) }) { return found }
        return Array(bytes).withUnsafeBytes { parse($0) }
    }

    ///     date-time      = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
    ///     date-day-fixed = (SP DIGIT) / 2DIGIT
    ///     time           = 2DIGIT ":" 2DIGIT ":" 2DIGIT
    ///     zone           = ("+" / "-") 4DIGIT
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var text = bytes[...]
        while text.first == 0x20 { text.removeFirst() }
        while text.last == 0x20 { text.removeLast() }
        let short = text.count == 25
        guard short || text.count == 26 else { return nil }
        let at = text.startIndex
        let day: Int
        if short {
            guard isDigit(text[at]) else { return nil }
            day = Int(text[at] &- 0x30)
        } else {
            guard let two = digits(text, at, 2) else { return nil }
            day = two
        }
        let rest = at + (short ? 1 : 2)
        guard text[rest] == UInt8(ascii: "-"), text[rest + 4] == UInt8(ascii: "-"), text[rest + 9] == 0x20,
            text[rest + 12] == UInt8(ascii: ":"), text[rest + 15] == UInt8(ascii: ":"), text[rest + 18] == 0x20,
            let month = month(text, rest + 1), let year = digits(text, rest + 5, 4),
            let hour = digits(text, rest + 10, 2), let minute = digits(text, rest + 13, 2),
            let second = digits(text, rest + 16, 2), let zone = zone(text, rest + 19),
            year >= 1, day >= 1, day <= length(ofMonth: month, year: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        let time = hour * 3_600 + minute * 60 + second - zone
        return Int64(daysSince1970(year: year, month: month, day: day) * 86_400 + time)
    }

    /// In UTC. What lies outside the years 1 to 9999 becomes their first or last second.
    public static func format(_ seconds: Int64) -> String {
        let clamped = Int(Swift.min(Swift.max(seconds, -62_135_596_800), 253_402_300_799))
        let days = (clamped >= 0 ? clamped : clamped - 86_399) / 86_400
        let time = clamped - days * 86_400
        let date = civil(daysSince1970: days)
        let name = months.indices.contains(date.month - 1) ? months[date.month - 1] : ""
        return "\(padded(date.day, 2))-\(name)-\(padded(date.year, 4)) "
            + "\(padded(time / 3_600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2)) +0000"
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }

    @inline(__always)
    private static func digits(_ text: Slice<UnsafeRawBufferPointer>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<(start + count) {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// Seconds east of Greenwich; nil beyond 15 hours, which no zone has.
    private static func zone(_ text: Slice<UnsafeRawBufferPointer>, _ start: Int) -> Int? {
        guard let hours = digits(text, start + 1, 2), let minutes = digits(text, start + 3, 2), hours <= 15,
            minutes < 60
        else { return nil }
        switch text[start] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }

    ///     date-month = "Jan" / "Feb" / "Mar" / "Apr" / … / "Dec"
    private static func month(_ text: Slice<UnsafeRawBufferPointer>, _ start: Int) -> Int? {
        let name =
            (UInt32(upper(text[start])) << 16) | (UInt32(upper(text[start + 1])) << 8)
            | UInt32(upper(text[start + 2]))
        switch name {
        case 0x4A_414E: return 1
        case 0x46_4542: return 2
        case 0x4D_4152: return 3
        case 0x41_5052: return 4
        case 0x4D_4159: return 5
        case 0x4A_554E: return 6
        case 0x4A_554C: return 7
        case 0x41_5547: return 8
        case 0x53_4550: return 9
        case 0x4F_4354: return 10
        case 0x4E_4F56: return 11
        case 0x44_4543: return 12
        default: return nil
        }
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Counted in years that begin in March, so that the leap day is the last of its year; 400 years are 146,097 days.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
