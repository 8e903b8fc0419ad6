/// Puts the tokens of a date where they belong, in whatever order they come.
struct DateReader {
    private let tokens: [DateToken]
    private var index = 0
    private var year: Int64?
    private var month: Int64?
    private var day: Int64?
    /// Seconds since midnight.
    private var time: Int64?
    private var hour: Int64 = 0
    /// Seconds east of Greenwich.
    private var zone: Int64?
    private var zoneIsNumeric = false

    init(_ tokens: [DateToken]) { self.tokens = tokens }

    /// Seconds since 1970; nil where the tokens are no date.
    mutating func read() -> Int64? {
        while index < tokens.count {
            let width: Int
            switch tokens[index] {
            case .number(let value, let digits):
                guard let taken = number(value, digits: digits) else { return nil }
                width = taken
            case .word(let word):
                guard name(word) else { return nil }
                width = 1
            case .sign(let sign):
                width = offset(sign)
            }
            index += width
        }
        guard let year, let month, let day, (1900...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(in: month, of: year)
        else { return nil }
        return Self.daysSince1970(year, month, day) * 86_400 + (time ?? 0) - (zone ?? 0)
    }

    private func token(_ offset: Int) -> DateToken? {
        index + offset < tokens.count ? tokens[index + offset] : nil
    }

    private func number(_ offset: Int) -> (value: Int64, digits: Int)? {
        guard case .number(let value, let digits)? = token(offset) else { return nil }
        return (value, digits)
    }

    /// - Returns: how many tokens it took; nil where the time of day is impossible.
    private mutating func number(_ value: Int64, digits: Int) -> Int? {
        if time == nil, digits <= 2, let minute = number(2), minute.digits <= 2 {
            // `06.32.00` is a time once the day is known.
            let separator = token(1)
            if separator == .sign(UInt8(ascii: ":")) || (separator == .sign(UInt8(ascii: ".")) && day != nil) {
                return timeOfDay(value, minute.value, separator)
            }
        }
        let dash = DateToken.sign(UInt8(ascii: "-"))
        if digits == 4, year == nil, token(1) == dash, let second = number(2), token(3) == dash, let third = number(4),
            second.digits <= 2, third.digits <= 2
        {
            (year, month, day) = (value, second.value, third.value)
            return 5
        }
        if digits <= 2, day == nil {
            day = value
        } else if year == nil {
            switch digits {
            case ...2: year = value + (value < 50 ? 2000 : 1900)
            case 3: year = value + 1900
            default: year = value
            }
        }
        return 1
    }

    /// `hour ":" minute [":" second ["." fraction]]`; second 60 is a leap second.
    private mutating func timeOfDay(_ hour: Int64, _ minute: Int64, _ separator: DateToken?) -> Int? {
        var width = 3
        var second: Int64 = 0
        if token(3) == separator, let found = number(4), found.digits <= 2 {
            second = found.value
            width = 5
            if token(5) == .sign(UInt8(ascii: ".")), number(6) != nil { width = 7 }
        }
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        self.hour = hour
        time = hour * 3600 + minute * 60 + second
        return width
    }

    /// `zone = ("+" / "-") 4DIGIT`, also with a colon or shortened, behind the time only; one past 15:59 is none.
    /// - Returns: how many tokens it took.
    private mutating func offset(_ sign: UInt8) -> Int {
        let plus = sign == UInt8(ascii: "+")
        guard plus || sign == UInt8(ascii: "-"), time != nil, !zoneIsNumeric, let found = number(1) else { return 1 }
        var width = 2
        var hours = found.value / 100
        var minutes = found.value % 100
        if found.digits <= 2 {
            hours = found.value
            minutes = 0
            if token(2) == .sign(UInt8(ascii: ":")), let part = number(3), part.digits == 2 {
                minutes = part.value
                width = 4
            }
        }
        zoneIsNumeric = true
        if found.digits <= 4, hours < 16, minutes < 60 {
            zone = (hours * 3600 + minutes * 60) * (plus ? 1 : -1)
        } else {
            zone = 0
        }
        return width
    }

    /// - Returns: false where the hour cannot stand with `am` or `pm`.
    private mutating func name(_ word: String) -> Bool {
        if month == nil, word.utf8.count >= 3, let found = Self.months.firstIndex(where: { $0.hasPrefix(word) }) {
            month = Int64(found) + 1
        } else if let known = time, word == "am" || word == "pm" {
            guard (1...12).contains(hour) else { return hour > 12 && word == "pm" }
            time = known - (hour == 12 ? 43_200 : 0) + (word == "pm" ? 43_200 : 0)
        } else if time != nil, zone == nil {
            zone = TimeZoneName.offset(of: word)
        }
        return true
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Of the Gregorian calendar; years 1900 to 9999.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Counted in years that begin in March, so that the leap day is the last of its year.
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        // 719,468 days lie between 1 March of year 0 and 1 January 1970.
        return shifted * 365 + leapDays + dayOfYear - 719_468
    }
}
