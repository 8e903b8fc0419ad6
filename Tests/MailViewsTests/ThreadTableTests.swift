import MailModel
import SeededNumbers
import Testing

@testable import MailViews

/// Which messages are in one conversation, and what that is called.
@Suite("ThreadTable") struct ThreadTableTests {
    private struct Letter {
        var number: Int64
        var own: String
        var earlier: [String] = []
        var subject = "s"
        var date: Int64?
    }

    private func fact(_ letter: Letter, isWhole: Bool = true) -> ThreadedMessage {
        ThreadedMessage(
            own: Array(letter.own.utf8), earlier: letter.earlier.map { Array($0.utf8) }, subject: letter.subject,
            isWhole: isWhole)
    }

    private func dated(_ letter: Letter) -> DatedMessage {
        DatedMessage(id: MessageID(rawValue: letter.number), date: letter.date ?? letter.number)
    }

    /// As if all messages had been gone through.
    private func table(_ letters: [Letter], after table: ThreadTable = ThreadTable()) -> ThreadTable {
        var table = table
        table.keep(only: letters.map(dated).sorted { $0.id < $1.id })
        let unknown = Set(table.unknown(among: letters.map(dated)))
        for letter in letters where unknown.contains(MessageID(rawValue: letter.number)) {
            table.learn(dated(letter), fact(letter))
        }
        table.place()
        return table
    }

    private func names(_ table: ThreadTable) -> [String] {
        var names: [String] = []
        table.forEachName { names.append(String(decoding: $0, as: UTF8.self)) }
        return names
    }

    /// The numbers of the messages of each conversation.
    private func groups(_ table: ThreadTable) -> Set<Set<Int64>> {
        Set(names(table).map { Set(table.messages(of: Array($0.utf8)).map(\.rawValue)) })
    }

    @Test("messages that name each other are together, equal subjects are not") func together() {
        #expect(
            groups(
                table([
                    Letter(number: 1, own: "a"), Letter(number: 2, own: "b", earlier: ["a"]),
                    Letter(number: 3, own: "c"),
                    Letter(number: 4, own: "d", earlier: ["b"]), Letter(number: 5, own: "e", earlier: ["a", "x", "d"]),
                ])) == [[1, 2, 4, 5], [3]])
    }

    @Test("so are answers to a message that is not here") func missing() {
        #expect(
            groups(
                table([
                    Letter(number: 1, own: "a", earlier: ["root", "x"]),
                    Letter(number: 2, own: "b", earlier: ["root", "y"]),
                    Letter(number: 3, own: "c", earlier: ["z"]),
                ])) == [[1, 2], [3]])
    }

    @Test("circles, and messages that answer themselves, do no harm") func circles() {
        let found = table([
            Letter(number: 1, own: "a", earlier: ["b"]), Letter(number: 2, own: "b", earlier: ["a"]),
            Letter(number: 3, own: "c", earlier: ["c", "c"]),
            Letter(number: 4, own: "d", earlier: ["f"]), Letter(number: 5, own: "e", earlier: ["d"]),
            Letter(number: 6, own: "f", earlier: ["e"]),
        ])
        #expect(groups(found) == [[1, 2], [3], [4, 5, 6]])
    }

    @Test("copies and other messages of one Message-ID are in one conversation") func copies() {
        #expect(
            groups(
                table([
                    Letter(number: 1, own: "a"), Letter(number: 2, own: "a"),
                    Letter(number: 3, own: "b", earlier: ["a"]),
                    Letter(number: 4, own: "b", earlier: ["q"]),
                ])) == [[1, 2, 3, 4]])
    }

    @Test("the name stays when answers arrive, when the first message does, and when all of it is seen anew")
    func stays() {
        let answers = [
            Letter(number: 5, own: "b", earlier: ["a"], subject: "Re: Berths"),
            Letter(number: 6, own: "c", earlier: ["a", "b"], subject: "AW: Re: Berths"),
        ]
        let first = table([answers[0]])
        let name = names(first)
        #expect(name.first?.hasPrefix("Berths.") == true && name.first?.utf8.count == 13)
        let second = table(answers, after: first)
        #expect(names(second) == name)
        let whole = answers + [Letter(number: 9, own: "a", subject: "Berths", date: 1)]
        #expect(names(table(whole, after: second)) == name)
        #expect(names(table(whole)) == name)
        #expect(names(table([answers[1]])) == name)
    }

    @Test("a chain of answers that name only the one before them begins with its first") func chain() {
        let letters = (0..<3_000).map { number in
            Letter(number: Int64(number + 1), own: "\(number)", earlier: number == 0 ? [] : ["\(number - 1)"])
        }
        #expect(names(table(letters)) == names(table([letters[0]])))
        #expect(groups(table(letters)).count == 1)
    }

    @Test("a name that somebody has seen stays while the conversation lasts, and no two have one") func given() {
        let pair = [Letter(number: 1, own: "a", subject: "One"), Letter(number: 2, own: "b", subject: "Two")]
        let apart = table(pair)
        let joint = table(pair + [Letter(number: 3, own: "c", earlier: ["b", "a"], subject: "Three")], after: apart)
        #expect(names(joint) == names(table([pair[0]])))
        let again = table(pair, after: joint)
        #expect(names(again) == names(apart))
        let older = table(pair + [Letter(number: 9, own: "z", earlier: ["a"], subject: "Zero", date: 0)], after: apart)
        #expect(Set(names(older)) == Set(names(apart)))
    }

    @Test("a conversation is as old as its newest message") func dated() {
        let found = table([Letter(number: 7, own: "a"), Letter(number: 3, own: "b", earlier: ["a"])])
        #expect(found.modified(Array((names(found).first ?? "").utf8)) == 7)
        #expect(found.modified(Array("none".utf8)) == nil)
    }

    @Test(
        "a subject is safe as a name",
        arguments: [
            ("../../etc/passwd", "etc-passwd"), ("Re: $(rm -rf ~)", "rm-rf"), ("", "no-subject"),
            ("Re: ", "no-subject"),
            ("..", "no-subject"), ("=x", "x"), ("a\u{0}b\nc", "a-b-c"), ("Größe und Übersicht", "Größe-und-Übersicht"),
            ("x\u{202E}gpj.exe", "x-gpj-exe"),
        ])
    func safe(subject: String, start: String) {
        let name = names(table([Letter(number: 1, own: "a", subject: subject)])).first ?? ""
        #expect(name.dropLast(7) == start && name.utf8.count == start.utf8.count + 7)
    }

    @Test("a long one is cut between characters", arguments: ["a", "é", "花", "😀", "e\u{301}"])
    func long(character: String) {
        let name = names(table([Letter(number: 1, own: "a", subject: String(repeating: character, count: 5_000))]))
            .first
        #expect((1...ThreadName.limit).contains(name?.utf8.count ?? 0))
        #expect(name?.contains("\u{FFFD}") == false)
    }

    /// Message-IDs whose tags are all the same.
    private func twins(_ count: UInt64) -> [ThreadedMessage] {
        (0..<count).map { number in
            // Undoes what makes a tag of an identifier.
            var (inverse, origin) = (0x9E37_79B9_7F4A_7C15 as UInt64, 0xABCD_EF01_0000_0000 | number)
            for _ in 0..<6 { inverse = inverse &* (2 &- 0x9E37_79B9_7F4A_7C15 &* inverse) }
            origin = origin &* inverse
            origin ^= origin >> 29
            origin ^= origin >> 58
            return ThreadedMessage(own: origin, earlier: [], subject: Array("s".utf8), isWhole: true)
        }
    }

    @Test("names that are equal get numbers, which they keep", arguments: [3, 3_000]) func equal(count: UInt64) {
        var table = ThreadTable()
        for (number, fact) in twins(count).enumerated() {
            table.learn(DatedMessage(id: MessageID(rawValue: Int64(number)), date: Int64(number)), fact)
            if count < 10 { table.place() }
        }
        table.place()
        let found = names(table)
        let tag = found.first ?? ""
        #expect(Set(found) == Set([tag] + (2...count).map { "\(tag)-\($0)" }))
        table.remove([MessageID(rawValue: 0)])
        table.place()
        #expect(names(table) == found.filter { $0 != tag })
        #expect(table.messages(of: Array("\(tag)-2".utf8)) == [MessageID(rawValue: 1)])
    }

    @Test("what is not known whole keeps its name when the rest is learnt, and who is gone is forgotten")
    func partly() {
        let letters = [Letter(number: 1, own: "a", earlier: ["r"]), Letter(number: 2, own: "b", earlier: ["a"])]
        var table = ThreadTable()
        for letter in letters {
            table.learn(dated(letter), fact(Letter(number: letter.number, own: letter.own), isWhole: false))
        }
        table.place()
        let before = names(table)
        #expect(before.count == 2 && table.partial == Set(letters.map { dated($0).id }))
        let first = table.messages(of: Array((before.first ?? "").utf8)) == [dated(letters[0]).id] ? 0 : 1
        for letter in letters { table.learn(dated(letter), fact(letter)) }
        table.place()
        #expect(groups(table) == [[1, 2]] && table.partial.isEmpty)
        #expect(names(table) == [before[first]])
        table.remove([dated(letters[0]).id])
        table.place()
        #expect(table.unknown(among: letters.map(dated)) == [dated(letters[0]).id])
        #expect(names(table) == [before[first]] && groups(table) == [[2]])
    }

    @Test("what an upload's file has told stays until its listing tells as much") func upload() {
        let answer = Letter(number: 2, own: "b", earlier: ["a"])
        var found = table([Letter(number: 1, own: "a"), answer])
        found.learn(dated(answer), fact(Letter(number: 2, own: "b"), isWhole: false))
        found.place()
        #expect(groups(found) == [[1, 2]])
        found.learn(dated(answer), fact(Letter(number: 2, own: "b")))
        found.place()
        #expect(groups(found) == [[1], [2]])
    }

    @Test("a message that was written over is where it belongs now") func rewritten() {
        var found = table([
            Letter(number: 1, own: "a"), Letter(number: 2, own: "b", earlier: ["a"]), Letter(number: 3, own: "c"),
        ])
        found.learn(
            DatedMessage(id: MessageID(rawValue: 2), date: 9), fact(Letter(number: 2, own: "d", earlier: ["c"])))
        found.place()
        #expect(groups(found) == [[1], [2, 3]])
        #expect(found.date(of: MessageID(rawValue: 2)) == 9)
    }

    @Test("whatever comes and goes, the conversations are as if all had been gone through", arguments: 1...20)
    func anything(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"]
        var here: [Int64: Letter] = [:]
        var grown = ThreadTable()
        for step in 0..<300 {
            let number = Int64.random(in: 1...20, using: &numbers)
            if Int.random(in: 0..<3, using: &numbers) == 0 {
                here[number] = nil
                grown.remove([MessageID(rawValue: number)])
            } else {
                let letter = Letter(
                    number: number, own: names.randomElement(using: &numbers) ?? "",
                    earlier: (0..<Int.random(in: 0...2, using: &numbers)).map { _ in
                        names.randomElement(using: &numbers) ?? ""
                    }, date: Int64.random(in: 0..<9, using: &numbers))
                here[number] = letter
                grown.learn(dated(letter), fact(letter))
            }
            // Several at once now and then.
            guard step % 4 != 0 || step > 290 else { continue }
            grown.place()
            let after = self.names(grown)
            #expect(groups(grown) == groups(table(Array(here.values))))
            #expect(Set(after).count == after.count && after == after.sorted())
            #expect(after.allSatisfy { !grown.messages(of: Array($0.utf8)).isEmpty })
            let dates = after.map { name in
                grown.messages(of: Array(name.utf8)).compactMap { here[$0.rawValue]?.date }.max()
            }
            #expect(after.map { grown.modified(Array($0.utf8)) } == dates)
        }
        grown.remove(here.keys.map { MessageID(rawValue: $0) })
        grown.place()
        #expect(self.names(grown).isEmpty && grown.known.isEmpty && grown.numbers.isEmpty)
    }

    @Test("what leaves gives its room back") func room() {
        var table = ThreadTable()
        for round in 0..<60 {
            let letters = (0..<500).map {
                Letter(number: Int64(round * 500 + $0), own: "\(round) \($0)", earlier: ["r\($0)"])
            }
            for letter in letters { table.learn(dated(letter), fact(letter)) }
            table.place()
            #expect(names(table).count == 500)
            table.remove(letters.map { dated($0).id })
            table.place()
        }
        #expect(table.rows.count == 500 && table.threads.count == 500 && table.names.count == 500)
        #expect(table.octets.count < 1 << 18 && table.identifiers.count < 1 << 18)
    }

    /// Where the parts of a table are in memory.
    private func places(_ table: ThreadTable) -> [UnsafeRawPointer?] {
        [
            table.rows.withUnsafeBytes { $0.baseAddress }, table.identifiers.withUnsafeBytes { $0.baseAddress },
            table.octets.withUnsafeBytes { $0.baseAddress }, table.threads.withUnsafeBytes { $0.baseAddress },
            table.names.withUnsafeBytes { $0.baseAddress }, table.ordered.withUnsafeBytes { $0.baseAddress },
        ]
    }

    @Test("one more of many messages changes its conversation, and nothing is copied for it") func many() {
        var table = ThreadTable()
        func learn(_ letter: Letter) { table.learn(dated(letter), fact(letter)) }
        for number: Int64 in 0..<2_000 {
            let root = number / 5 * 5
            learn(
                Letter(
                    number: number, own: "\(number)", earlier: number == root ? [] : ["\(root)", "\(number - 1)"],
                    subject: "Berth figures \(root)"))
        }
        table.place()
        #expect(table.ordered.count == 400)
        table.rows.reserveCapacity(4_000)
        table.identifiers.reserveCapacity(8_000)
        table.octets.reserveCapacity(100_000)
        table.threads.reserveCapacity(4_000)
        table.names.reserveCapacity(4_000)
        table.ordered.reserveCapacity(4_000)
        let before = places(table)
        for number: Int64 in 0..<200 {
            learn(Letter(number: 3_000 + number, own: "answer \(number)", earlier: ["\(number * 7)"]))
            #expect(table.unplaced.count == 1)
            table.place()
            learn(Letter(number: 4_000 + number, own: "new \(number)", subject: "New"))
            table.place()
            table.remove([MessageID(rawValue: number * 9)])
            #expect(table.unplaced.count < 20)
            table.place()
            #expect(places(table) == before)
        }
    }

    @Test("one Message-ID in all messages is one conversation, and one more is quickly in it") func flood() {
        var table = ThreadTable()
        for number in 0..<10_000 {
            let letter = Letter(number: Int64(number), own: "\(number)", earlier: ["a"])
            table.learn(dated(letter), fact(letter))
            // One by one: each is placed for itself.
            table.place()
        }
        #expect(table.ordered.count == 1 && table.threads.count == 1)
        #expect(table.messages(of: Array((names(table).first ?? "").utf8)).count == 10_000)
    }
}
