import IMAPValue
import MailMessage
import MailModel
import SeededNumbers
import Testing

@testable import MailService

/// What the index finds is what comparing with each message finds.
@Suite struct LikenessIndexTests {
    /// Few values of each, so that many are alike in part.
    private func messages(_ count: Int, _ numbers: inout SeededNumbers) -> [MessageMetadata] {
        (0..<count).map { number in
            var header = ""
            for name in ["Message-ID", "Date", "Subject", "From"] where Int.random(in: 0..<3, using: &numbers) > 0 {
                header += "\(name): \(Int.random(in: 0..<3, using: &numbers))\r\n"
            }
            return MessageMetadata(
                uid: UID(UInt32(number + 1)) ?? .min, size: .random(in: 100..<104, using: &numbers), internalDate: 1,
                flags: Flags(), identity: MessageIdentity(high: 0, low: 0), identityIsProof: false,
                header: Array("\(header)\r\n".utf8))
        }
    }

    private func has(_ name: String, of left: MessageMetadata, _ right: MessageMetadata) -> Bool {
        Header(left.header).value(of: name) == Header(right.header).value(of: name)
    }

    private func hasAllFields(of left: MessageMetadata, _ right: MessageMetadata) -> Bool {
        ["Message-ID", "Date", "Subject", "From"].allSatisfy { has($0, of: left, right) }
    }

    @Test(arguments: 1...20) func asByComparing(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let there = messages(60, &numbers)
        var index = LikenessIndex(there)
        for own in messages(60, &numbers) {
            let alike = there.indices.filter { place in
                hasAllFields(of: own, there[place])
                    || own.size == there[place].size && has("Message-ID", of: own, there[place])
            }
            #expect(index.alike(to: own) == Set(alike))
            if let messageID = Header(own.header).value(of: "Message-ID") {
                let named = there.indices.filter { Header(there[$0].header).value(of: "Message-ID") == messageID }
                #expect(index.candidates(for: own) == Set(named))
                continue
            }
            let kept = there.indices.filter { LikenessIndex.isKept(own, in: there[$0]) }
            let near = kept.filter { own.size == there[$0].size || hasAllFields(of: own, there[$0]) }
            #expect(index.candidates(for: own) == Set(near.isEmpty ? kept : near))
        }
    }

    private func message(_ header: String, size: UInt64) -> MessageMetadata {
        MessageMetadata(
            uid: .min, size: size, internalDate: 1, flags: Flags(), identity: MessageIdentity(high: 0, low: 0),
            identityIsProof: false, header: Array("\(header)\r\n".utf8))
    }

    /// The server gave it fields that it had not and changed its size.
    @Test(arguments: [
        ["Date"], ["Subject"], ["From"], ["Date", "Subject"], ["Date", "From"], ["Subject", "From"],
        ["Date", "Subject", "From"],
    ])
    func bySomeOfTheFields(present: [String]) {
        let own = message(present.map { "\($0): 1\r\n" }.joined(), size: 7)
        let given = ["Message-ID", "Date", "Subject", "From"].map { name in
            "\(name): \(present.contains(name) ? "1" : "given")\r\n"
        }.joined()
        let others = present.map { changed in
            message(present.map { "\($0): \($0 == changed ? "2" : "1")\r\n" }.joined(), size: 9)
        }
        let lacking = present.map { lacking in
            message(present.filter { $0 != lacking }.map { "\($0): 1\r\n" }.joined(), size: 9)
        }
        var index = LikenessIndex(others + [message(given, size: 8)] + lacking)
        #expect(index.candidates(for: own) == [others.count])
        // Of its size it would be looked for no further.
        index = LikenessIndex([message(given, size: 7)] + others + [message(given, size: 8)])
        #expect(index.candidates(for: own) == [0])
    }

    /// What a server makes of octets that are not ASCII, and of blanks, keeps it findable.
    @Test func byFieldsThatAServerWroteAnew() {
        let own = message("Subject: caf\u{E9} \t au lait\r\nMessage-ID: <\u{E9}@a>\r\n", size: 7)
        var index = LikenessIndex([
            message("Subject: cafe au lait\r\nMessage-ID: <e@a>\r\n", size: 7),
            message("Subject: cafXX au\r\n lait\r\nMessage-ID: <XX@a>\r\n", size: 7),
        ])
        #expect(index.candidates(for: own) == [1])
    }

    /// Of one size and with a Message-ID each, as many are looked at as are looked for.
    @Test func asManyAsAreLookedFor() {
        let there = (0..<1_000).map { message("Message-ID: <\($0)@a>\r\nSubject: x\r\n", size: 7) }
        var index = LikenessIndex(there)
        let looked = (500..<1_500).map { number in
            index.candidates(for: message("Message-ID: <\(number)@a>\r\nSubject: x\r\n", size: 7)).count
        }
        #expect(looked.reduce(0, +) == 500)
    }
}
