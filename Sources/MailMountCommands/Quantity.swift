/// Durations and sizes as people write them.
enum Quantity {
    /// `90s`, `10m`, `2h`, `7d`, or plain seconds. nil for anything else.
    static func duration(_ text: String) -> Duration? {
        number(text, units: ["s": 1, "m": 60, "h": 3_600, "d": 86_400]).map { .seconds($0) }
    }

    /// `500M`, `10G`, or plain octets; K, M, G, T are powers of 1024. nil for anything else.
    static func size(_ text: String) -> UInt64? {
        number(text.uppercased(), units: ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40])
            .map { UInt64(clamping: $0) }
    }

    private static func number(_ text: String, units: [Character: Int64]) -> Int64? {
        var digits = Substring(text)
        var factor: Int64 = 1
        if let last = text.last, let unit = units[last] {
            factor = unit
            digits = digits.dropLast()
        }
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isWholeNumber }), let count = Int64(digits) else {
            return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
