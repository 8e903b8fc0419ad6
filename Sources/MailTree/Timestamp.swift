/// Points in time as text, by arithmetic alone.
public enum Timestamp {
    /// `2024-10-12T06:32:07Z` for seconds since 1970, clamped to the years 1 to 9999.
    public static func iso8601(_ seconds: Int64) -> String {
        let clamped = min(max(seconds, FileNameDate.first), FileNameDate.last + 59)
        let (days, time) = clamped.floorDivided(by: 86_400)
        let (year, month, day) = FileNameDate.civil(days)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T" + padded(time / 3_600, 2) + ":"
            + padded(time / 60 % 60, 2) + ":" + padded(time % 60, 2) + "Z"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
