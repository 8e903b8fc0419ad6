import SeededNumbers
import Testing

@testable import MailTree

private typealias Listed = (rawName: [UInt8], separator: UInt8?, decoded: String?)

@Suite("Folder paths")
struct FolderPathsTests {
    private func listed(_ name: String, _ decoded: String? = nil, separator: Character? = "/") -> Listed {
        (Array(name.utf8), separator?.asciiValue, decoded ?? name)
    }

    private func paths(_ folders: [Listed], given: [String: [String]] = [:]) -> [String] {
        let before = Dictionary(
            uniqueKeysWithValues: given.map { (Array($0.key.utf8), $0.value.map { Array($0.utf8) }) })
        let result = FolderPaths.resolve(folders, given: before)
        let outcome = result.map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " > ") }
        // Whatever the order of the list.
        let reversed = FolderPaths.resolve(folders.reversed(), given: before)
        #expect(Array(reversed.reversed()) == result)
        return outcome
    }

    @Test("nest by the separator of each name")
    func nest() {
        #expect(
            paths([
                listed("INBOX"), listed("Projects/Swift/2024"), listed("INBOX.Sent", separator: "."),
                listed("a/b.c", separator: "."), listed("flat/name", separator: nil),
                listed("Entw&APw-rfe", "Entwürfe"),
            ]) == ["INBOX", "Projects > Swift > 2024", "INBOX > Sent", "a%2Fb > c", "flat%2Fname", "Entwürfe"])
    }

    @Test("INBOX is one directory in any case, at the top only")
    func inbox() {
        #expect(
            paths([
                listed("Inbox"), listed("INBOX/a"), listed("inbox/b/c"), listed("x/Inbox"), listed("x/INBOX"),
                listed("Inbox2"),
            ])
                == ["INBOX", "INBOX > a", "INBOX > b > c", "x > Inbox", "x > INBOX", "Inbox2"])
        #expect(paths([listed("Inbox"), listed("INBOX")]) == ["INBOX", "INBOX"])
        #expect(
            paths([listed("Inbox/x"), listed("INBOX/x"), listed("iNBOX/x")]) == [
                "INBOX > x~2", "INBOX > x", "INBOX > x~3",
            ])
        #expect(
            paths([listed("Inbox"), listed("other")], given: ["Inbox": ["Inbox"], "other": ["INBOX"]]) == [
                "INBOX", "other",
            ])
    }

    @Test("twins are numbered, and what is below goes with them")
    func twins() {
        #expect(
            paths([
                listed("b&-", "same"), listed("a&-", "same"), listed("b&-/c", "same/c"), listed("a&-/c", "same/c"),
                listed("c", "same"),
            ])
                == ["same~2", "same", "same~2 > c", "same > c", "same~3"])
        #expect(paths([listed("1", "x"), listed("2", "x"), listed("3", "x~2")]) == ["x", "x~3", "x~2"])
        #expect(paths([listed("x"), listed("x")]) == ["x", "x"])
        let long = String(repeating: "ü", count: 127) + "x"
        let result = FolderPaths.resolve([listed("1", long), listed("2", long)], given: [:])
        #expect(result[0][0].count == 255 && result[1][0] == Array((String(repeating: "ü", count: 126) + "~2").utf8))
    }

    @Test("a path once given stays")
    func given() {
        #expect(paths([listed("1", "x"), listed("2", "x")], given: ["2": ["x"]]) == ["x~2", "x"])
        #expect(paths([listed("2", "x")], given: ["2": ["x~2"]]) == ["x~2"])
        #expect(paths([listed("1", "x"), listed("2", "x~2")], given: ["1": ["x~2"]]) == ["x~2", "x~2~2"])
        #expect(paths([listed("1", "a"), listed("2", "b")], given: ["1": ["same"], "2": ["same"]]) == ["same", "b"])
        // A directory without a mailbox of its own is remembered by what is in it.
        #expect(
            paths([listed("1/y", "x/y"), listed("2/y", "x/y")], given: ["2/y": ["x", "y"]]) == ["x~2 > y", "x > y"])
        #expect(
            paths([listed("1", "x"), listed("1/y", "x/y")], given: ["1": ["x"], "1/y": ["old", "y"]]) == ["x", "x > y"])
        // Another depth than before: the old path means nothing.
        #expect(paths([listed("a.b", separator: ".")], given: ["a.b": ["a.b"]]) == ["a > b"])
    }

    @Test(
        "that would leave the mount are not kept",
        arguments: [
            ["..", "x"], ["a/b", "x"], ["", "x"], [".", "x"], ["a\u{0}", "x"],
            [String(repeating: "x", count: 256), "x"],
        ])
    func hostileGiven(path: [String]) {
        let result = FolderPaths.resolve([listed("dir/x")], given: [Array("dir/x".utf8): path.map { Array($0.utf8) }])
        #expect(result == [[Array("dir".utf8), Array("x".utf8)]])
    }

    @Test("names that cannot be decoded, or not part by part, are shown as listed")
    func undecoded() {
        #expect(paths([([0x61, 0xFF, 0x2F, 0x62], 0x2F, nil)]) == ["a%FF > b"])
        #expect(paths([listed("a&AC8-b", "a/b")]) == ["a&AC8-b"])
        #expect(paths([([0x61, 0xFF, 0x62], 0xFF, "a?b")]) == ["a?b"])
    }

    @Test("hostile names stay inside")
    func hostile() {
        #expect(
            paths([
                listed("../../etc/passwd"), listed("/abs"), listed("a//b"), listed("a/"), listed("a/./b"), listed(""),
                listed("..", separator: nil),
            ])
                == [
                    "%2E%2E > %2E%2E > etc > passwd", "% > abs", "a > % > b", "a > %", "a > %2E > b", "%", "%2E%2E",
                ].enumerated().map { $0.offset == 5 ? "%" : $0.element })
    }

    @Test("any list gives each folder one safe path of its own, and gives it again")
    func random() {
        var random = SeededNumbers(seed: 12)
        for _ in 0..<300 {
            let alphabet = Array("aAxX/.%2F~ é\u{0}".unicodeScalars)
            let folders: [Listed] = (0..<30).map { _ in
                var scalars = String.UnicodeScalarView()
                for _ in 0..<(random.next() % 6) {
                    scalars.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
                }
                let name = (random.next() % 4 == 0 ? "InBoX/" : "") + String(scalars)
                let decoded = random.next() % 3 == 0 ? nil : name.lowercased()
                return (Array(name.utf8), [nil, 0x2F, 0x2E][Int(random.next() % 3)], decoded)
            }
            let result = FolderPaths.resolve(folders, given: [:])
            var owner: [[[UInt8]]: [UInt8]] = [:]
            var given: [[UInt8]: [[UInt8]]] = [:]
            for (folder, path) in zip(folders, result) {
                #expect(!path.isEmpty && path.allSatisfy(isFileName))
                if let other = owner.updateValue(folder.rawName, forKey: path) { #expect(other == folder.rawName) }
                given[folder.rawName] = path
            }
            let kept = folders.filter { _ in random.next() % 2 == 0 }
            let again = FolderPaths.resolve(kept + [listed("new", "x")], given: given)
            for (folder, path) in zip(kept, again) {
                // Only a mailbox listed with two separators at once may change its depth.
                if path.count == given[folder.rawName]?.count { #expect(path == given[folder.rawName]) }
            }
        }
    }

    @Test("many components and many twins take one pass")
    func large() {
        let deep = listed(Array(repeating: "d", count: 20_000).joined(separator: "/"))
        #expect(FolderPaths.resolve([deep], given: [:])[0].count == 20_000)
        let twins = (0..<5000).map { listed("\($0)", "same") }
        #expect(Set(FolderPaths.resolve(twins, given: [:])).count == 5000)
    }
}
