import FuzzChecks
import SeededNumbers

/// Who gets the inputs.
enum Subject: String, CaseIterable {
    case framer
    case client
    case messages
    case queries

    /// A sentence for each promise that this input breaks.
    func findings(in input: [UInt8]) -> [String] {
        switch self {
        case .framer: framerFindings(in: input, cuts: Self.cuts(of: input))
        case .client: ClientRun.findings(in: input)
        case .messages: MessageCheck(input).findings
        case .queries: QueryCheck.findings(in: input)
        }
    }

    /// At most eight places, ascending, the same for the same input (FNV-1a).
    private static func cuts(of input: [UInt8]) -> [Int] {
        let hash = input.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var numbers = SeededNumbers(seed: hash)
        return (0..<Int.random(in: 1...8, using: &numbers)).map { _ in Int.random(in: 0...input.count, using: &numbers)
        }
        .sorted()
    }
}
