import SeededNumbers

extension SeededNumbers {
    /// Mostly what matters in names and shells, some of every plane.
    mutating func text(upTo limit: Int) -> String {
        let special = Array(
            "/\\'\"`$(){}[]<>|&;*?!#~%^ \t\n\r-_.+@=,:%%2F0A\u{0}\u{1B}\u{7F}\u{85}\u{301}\u{200D}\u{202E}\u{FE0F}"
                .unicodeScalars)
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...limit, using: &self) {
            switch next() % 4 {
            case 0: scalars.append(special[Int(next() % UInt64(special.count))])
            case 1: scalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: next() % 95 + 32)))
            case 2: scalars.append(Unicode.Scalar(UInt32(next() % 0x3000)) ?? "x")
            default: scalars.append(Unicode.Scalar(UInt32(next() % 0x110000)) ?? "y")
            }
        }
        return String(scalars)
    }
}
