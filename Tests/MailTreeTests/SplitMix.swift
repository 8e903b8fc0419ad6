/// A small generator with a fixed start, so that a failure comes back.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

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
