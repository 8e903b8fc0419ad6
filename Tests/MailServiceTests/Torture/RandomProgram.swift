import Foundation
import IMAPValue
import InMemoryIMAP
import MailModel
import MailPool
import SeededNumbers
import Testing

@testable import MailService
/// What a user, another client and a bad line do to one account. What is tried follows from the seed; what it meets hangs on threads too.
///
/// One task has it at a time. Every file that is made here has the number of its letter as the first number of its name.
final class RandomProgram: @unchecked Sendable {
    let seed: UInt64
    let rig: Rig
    let hasRival: Bool
    private let canExpunge: Bool
    var ledger = Ledger()
    /// What was done, one line each.
    var lines: [String] = []
    var numbers: SeededNumbers
    var nextLetter = 100
    var isServing = true
    var mayDie = false
    var dying: Dying?
    /// The letters of the call that is made.
    var touched: [Int] = []

    var isDead: Bool { dying?.isDead ?? false }

    init(seed: UInt64) throws {
        self.seed = seed
        var numbers = SeededNumbers(seed: seed)
        let kinds: [ServerConfiguration] = [.full, .full, .noQResync, .noCondStore, .full.without("MOVE"), .minimal]
        let number = Int(numbers.next() % UInt64(kinds.count))
        let kind = kinds[number]
        let deletion = DeletionPolicy.allCases[Int(numbers.next() % UInt64(DeletionPolicy.allCases.count))]
        // Without MOVE two clients can bring one message to two places.
        let hasRival = kind.capabilities == ServerConfiguration.full.capabilities && numbers.next() % 2 == 0
        self.hasRival = hasRival
        canExpunge = kind.capabilities.contains("UIDPLUS")
        rig = try Rig.changing(kind, letters: 1...9) {
            $0.haste = 20
            $0.deletion = deletion
        }
        rig.server.createFolder("Trash", specialUse: "\\Trash")
        rig.server.createFolder("Drafts", specialUse: "\\Drafts")
        for letter in 1...9 { ledger.made(letter) }
        self.numbers = numbers
        lines.append("server \(number), \(deletion), \(hasRival ? "with" : "without") a rival")
    }

    /// What came of three starts of the program: whether it holds, and what was done, one line each.
    func outcome() async -> (isRight: Bool, lines: [String]) {
        do {
            try await run(starts: 3, steps: 40)
        } catch {
            note(false, "\(error)")
        }
        return (!lines.contains { $0.hasPrefix("WRONG") }, lines)
    }

    /// Runs it over several starts of the program.
    func run(starts: Int, steps: Int) async throws {
        for start in 0..<starts {
            lines.append("start \(start)")
            mayDie = start < starts - 1
            try await life(isFirst: start == 0) { service, shown in
                for _ in 0..<steps where !self.isDead {
                    try await self.step(service, shown)
                    self.note(shown.model.contradictions == [], "\(shown.model.contradictions)")
                }
                self.serve()
                self.rig.server.behave()
                if start == starts - 1 { try await self.end(service, shown) }
            }
        }
        rig.server.clearObservation()
        try await rig.resumed { service, shown in
            try await drained(service, shown)
            note(unexpectedFailures(service) == [] || hasRival, "failed: \(service.failedChanges)")
            note(rig.server.changingCommands == [], "sent after all was done: \(rig.server.changingCommands)")
        }
    }

    /// One run of the program, which may be killed meanwhile.
    private func life(isFirst: Bool, _ body: (MailService, Shown) async throws -> Void) async throws {
        let probe = Probe()
        let service = try rig.makeService(probe)
        let shown = Shown()
        dying = Dying(service, probe, rig)
        try await service.start(observer: shown)
        do {
            if !isFirst { try shown.loadAll(from: service) }
            try await service.waitUntilReady()
            try await settled(service, shown)
            try await body(service, shown)
        } catch {
            dying?.disarm()
            await service.stop()
            throw error
        }
        dying?.disarm()
        await service.stop()
        note(Conduct.recklessness(in: rig.server.observation.clientLines) == [], "reckless commands")
        if let left = try dying?.left() {
            try rig.replaceDirectories(with: left.path)
            try rig.server.start()
            isServing = true
        }
        dying = nil
    }

    private func drained(_ service: MailService, _ shown: Shown) async throws {
        let left = await service.drain(until: rig.deadline)
        note(left == 0, "\(left) changes wait still")
        try await settled(service, shown)
    }

    private func settled(_ service: MailService, _ shown: Shown) async throws {
        try await rig.synchronise(service)
        for difference in rig.differences(from: shown) { note(false, difference) }
    }

    private func end(_ service: MailService, _ shown: Shown) async throws {
        try await drained(service, shown)
        note(hasRival || unexpectedFailures(service) == [], "failed: \(service.failedChanges)")
        let account = rig.server.account
        var found: [Int: Int] = [:]
        for folder in account.folders {
            var letters: [UInt32: Int] = [:]
            for message in account.messages(in: folder) where !message.flags.contains("\\Deleted") {
                letters[message.uid] = Letter.number(message.bytes)
                found[Letter.number(message.bytes), default: 0] += 1
            }
            for message in shown.model.messages(in: folder) where !message.flags.isDeleted {
                guard let uid = message.uid?.rawValue else { continue }
                note(letters[uid] == Self.letter(message.name), "\(folder): \(Self.text(message.name)) is \(uid)")
            }
        }
        // What could not be uploaded is still here.
        for failed in service.failedChanges where failed.operation == "upload" {
            found[Self.letter(Array(failed.path.utf8)), default: 0] += 1
        }
        for contradiction in ledger.contradictions(of: found) { note(false, contradiction) }
    }

    /// Where messages cannot be expunged by UID, a directory that was emptied offline is not empty to the server.
    private func unexpectedFailures(_ service: MailService) -> [FailedChange] {
        service.failedChanges.filter { canExpunge || $0.operation != "rmdir" }
    }

    func note(_ holds: Bool, _ text: @autoclosure () -> String) {
        guard !holds else { return }
        let text = text()
        lines.append("WRONG: \(text)")
        Issue.record("seed \(seed): \(text)")
    }
}
