import Foundation
import Testing

@testable import MailService

/// Random programs, with a rival and a bad line: no letter is lost, none is there twice, none that was deleted is back, and what is shown is
/// what the server has.
@Suite(.serialized) struct RandomProgramTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isLong = environment["LONG"]?.isEmpty == false

    /// `MAILMOUNT_SEED` chooses one.
    static var seeds: [UInt64] {
        if let seed = environment["MAILMOUNT_SEED"].flatMap(UInt64.init) { return [seed] }
        return Array(1...(isLong ? 2_000 : 20))
    }

    @Test(arguments: seeds) func holds(seed: UInt64) async throws {
        let program = try RandomProgram(seed: seed)
        do {
            try await Torture.within(.seconds(120)) { try await program.run(starts: 3, steps: 40) }
        } catch {
            Issue.record("seed \(seed): \(error)")
        }
        guard program.lines.contains(where: { $0.hasPrefix("WRONG") }) || Self.environment["MAILMOUNT_SEED"] != nil
        else { return }
        print("seed \(seed):\n\(program.lines.joined(separator: "\n"))")
    }
}
