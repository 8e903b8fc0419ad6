import Foundation
import MailModel
import MailQuery
import MailStore
import Synchronization
import Testing

@testable import MailService

/// Texts are looked into for phrases once, the newest first, and not without end.
@Suite("Phrase check") struct PhraseCheckTests {
    private let texts: [MessageID: String] = [1: "the pier", 2: "pier the", 3: "the pier is full", 4: "the pier"]
        .reduce(into: [:]) { $0[MessageID(rawValue: $1.key)] = $1.value }

    private func ids(_ numbers: Int64...) -> Set<MessageID> { Set(numbers.map(MessageID.init(rawValue:))) }

    @Test("what has the phrase, what has not, and what nobody could look at") func outcome() throws {
        let path = FileManager.default.temporaryDirectory.path + "/phrases-\(UUID().uuidString).sqlite"
        let index = try SearchIndex(path: path, listed: ["subject"], told: ["copy"])
        defer { SearchIndex.remove(path) }
        let term = QueryTerm.text(.body, SearchText("the pier"))
        let other = QueryTerm.text(.any, SearchText("is full"))
        let check = PhraseCheck(limit: 3)
        let looked = Mutex<[MessageID]>([])
        func run(_ possible: [QueryTerm: Set<MessageID>]) throws -> PhraseCheck.Outcome {
            try check.run(possible, in: index) { id in
                looked.withLock { $0.append(id) }
                return texts[id]
            }
        }
        let first = try run([term: ids(1, 2, 3, 4), other: ids(3)])
        #expect(first.sets == [term: ids(3, 4), other: ids(3)])
        #expect(first.unknown == ids(1))
        #expect(looked.withLock { $0 } == [4, 3, 2].map(MessageID.init(rawValue:)))
        // What was seen is not looked at again, and makes room for what was not.
        let second = try run([term: ids(1, 2, 3, 4, 5)])
        #expect(second.sets == [term: ids(1, 3, 4)])
        #expect(second.unknown == ids(5))
        #expect(looked.withLock { $0.count } == 5)
    }
}
