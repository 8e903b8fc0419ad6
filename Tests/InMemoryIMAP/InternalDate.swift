/// The date-time of RFC 3501: `" 7-Feb-1994 21:52:25 -0800"`, here as seconds since 1970.
enum InternalDate {
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ seconds: Int64) -> String {
        let day = Int(seconds.dividedFloor(by: 86_400))
        let second = Int(seconds - Int64(day) * 86_400)
        let date = civil(day)
        return pad(date.day, blank: true) + "-" + months[date.month - 1] + "-" + pad(date.year, 4) + " "
            + pad(second / 3600) + ":" + pad(second / 60 % 60) + ":" + pad(second % 60) + " +0000"
    }

    /// Only what the grammar allows: two-character day, four-digit year and zone.
    static func parse(_ text: String) -> Int64? {
        let bytes = [UInt8](text.utf8)
        guard bytes.count == 26, bytes[11] == UInt8(ascii: " "), bytes[14] == UInt8(ascii: ":"),
            bytes[17] == UInt8(ascii: ":"), bytes[20] == UInt8(ascii: " "),
            let days = parseDay([UInt8](bytes[0..<11])),
            let hour = number(bytes[12...13]), hour < 24, let minute = number(bytes[15...16]), minute < 60,
            let second = number(bytes[18...19]), second <= 60,
            let zoneHour = number(bytes[22...23]), let zoneMinute = number(bytes[24...25]), zoneMinute < 60,
            bytes[21] == UInt8(ascii: "+") || bytes[21] == UInt8(ascii: "-")
        else { return nil }
        let zone = (zoneHour * 3600 + zoneMinute * 60) * (bytes[21] == UInt8(ascii: "-") ? -1 : 1)
        return Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second - zone)
    }

    /// Days since 1970 of `7-Feb-1994`, with one or two characters for the day.
    static func parseDay(_ bytes: [UInt8]) -> Int? {
        let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[2]), parts[2].count == 4,
            let month = months.firstIndex(of: String(decoding: parts[1], as: UTF8.self)),
            let day = number(parts[0].drop { $0 == UInt8(ascii: " ") }), (1...31).contains(day)
        else { return nil }
        return days(year: year, month: month + 1, day: day)
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count < 6, digits.allSatisfy(\.isASCIIDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func pad(_ value: Int, _ width: Int = 2, blank: Bool = false) -> String {
        let digits = String(value)
        return String(repeating: blank ? " " : "0", count: max(0, width - digits.count)) + digits
    }

    // Years begin in March here, so that the leap day is the last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    func dividedFloor(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
