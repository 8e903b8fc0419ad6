extension Base64 {
    /// Characters of a line that programs write.
    private static let lines: [UInt64] = [76, 72, 64, 60]

    /// Whether so many octets of base64 are what so many others need, in lines of equal length, and nothing else.
    static func isPlain(_ encoded: UInt64, decoded: UInt64) -> Bool {
        guard decoded > 0, decoded < 1 << 40 else { return false }
        let characters = (decoded + 2) / 3 * 4
        guard encoded >= characters else { return false }
        let ends = encoded - characters
        return lines.contains { line in
            let lines = (characters + line - 1) / line
            // The last line may have no end.
            return ends == lines * 2 || ends + 2 == lines * 2
        }
    }
}
