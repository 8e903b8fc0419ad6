import Foundation
import IMAPCodec
import Synchronization
import Testing

/// Dialogues with real servers are broken off after each octet, or come in single ones from there on: what had come whole is known, what
/// had not is never taken for whole, and everybody who waits is told.
@Suite("Broken dialogues", .serialized)
struct BrokenDialogueTests {
    private static let isLong = ProcessInfo.processInfo.environment["LONG"]?.isEmpty == false
    private static let width = 32
    /// Breaks of each dialogue by day, other ones each day.
    private static let samples: [(kind: ScriptedPeer.Break.Kind, count: Int)] = [
        (.end, 200), (.reset, 180), (.drip, 80), (.silence, 20),
    ]

    @Test("are told, and nothing half is believed", arguments: RecordedDialogue.all)
    func broken(dialogue: RecordedDialogue) async throws {
        let script = try dialogue.script
        let whole = try await Replay(dialogue, script: script, breaking: nil)
        #expect(whole.problems == [])
        #expect(whole.failures == [])
        try #require(whole.outcomes.count == dialogue.commands.count)
        let said = Said(script, commands: dialogue.commands.count)
        let left = Left(Self.breaks(said.octets))
        let many = left.count
        let wrong = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.width {
                group.addTask {
                    var wrong = 0
                    while let breaking = left.next() {
                        let problems = await Self.problems(dialogue, script, breaking, whole, said)
                        if problems.isEmpty { continue }
                        wrong += 1
                        Issue.record("\(dialogue), \(breaking): \(problems.joined(separator: "; "))")
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        print("\(dialogue): \(many) breaks tried, \(wrong) of them wrong")
    }

    private static func breaks(_ octets: Int) -> [ScriptedPeer.Break] {
        samples.flatMap { kind, count -> [ScriptedPeer.Break] in
            // Silence costs its time.
            let count = isLong ? (kind == .silence ? octets / 10 : octets) : count
            let step = max(octets / max(count, 1), 1)
            let first = Int(Date.now.timeIntervalSince1970 / 86_400) % step
            return stride(from: first, to: octets, by: step).map { .init(kind: kind, octets: $0) }
        }
    }

    private static func problems(
        _ dialogue: RecordedDialogue, _ script: String, _ breaking: ScriptedPeer.Break, _ whole: Replay, _ said: Said
    ) async -> [String] {
        let replay: Replay
        do {
            replay = try await Replay(dialogue, script: script, breaking: breaking)
        } catch {
            return ["\(error)"]
        }
        let isWhole = breaking.kind == .drip
        var problems: [String] = []
        if !whole.events.starts(with: replay.events) { problems.append("it saw what was not said") }
        if !whole.outcomes.starts(with: replay.outcomes) { problems.append("an answer that was not given") }
        let due = isWhole ? dialogue.commands.count : said.answers(in: breaking.octets)
        let many = replay.outcomes.count
        if breaking.kind == .reset ? many > due : many != due { problems.append("\(many) answers, not \(due)") }
        if isWhole, replay.events != whole.events { problems.append("it did not see all") }
        let expected: Set<String> =
            switch breaking.kind {
            case .silence: ["silent", "disconnected"]
            case .end, .reset: ["disconnected", "unreachable"]
            case .pause, .drip: []
            }
        if !expected.isSuperset(of: replay.failures) { problems.append("it failed as \(replay.failures)") }
        if breaking.kind == .silence, !replay.failures.isEmpty, replay.failures.first != "silent" {
            problems.append("silence is told as \(replay.failures)")
        }
        if replay.didOpen, replay.endings != 1 { problems.append("\(replay.endings) ends told") }
        if !replay.problems.isEmpty, !replay.problems.allSatisfy({ $0.hasPrefix("the client was gone") }) {
            problems.append("it said \(replay.problems)")
        }
        return problems
    }
}

/// Where in what a server says the answers to a dialogue's commands end.
private struct Said {
    private(set) var octets = 0
    private var ends: [Int] = []

    /// - Parameter commands: the last so many answers are theirs.
    init(_ script: String, commands: Int) {
        for line in script.split(separator: "\n") where line.hasPrefix("S: ") {
            octets += line.utf8.count - 1
            if line.hasPrefix("S: A") { ends.append(octets) }
        }
        ends = ends.suffix(commands)
    }

    func answers(in octets: Int) -> Int { ends.count { $0 <= octets } }
}

/// The breaks that were not tried.
private final class Left: Sendable {
    private let breaks: Mutex<ArraySlice<ScriptedPeer.Break>>

    init(_ breaks: [ScriptedPeer.Break]) { self.breaks = Mutex(breaks[...]) }

    var count: Int { breaks.withLock { $0.count } }
    func next() -> ScriptedPeer.Break? { breaks.withLock { $0.popFirst() } }
}
