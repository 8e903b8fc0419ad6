import IMAPValue
import MailModel
import MailSync
import Testing

private func listed(
    _ name: String, separator: Character? = "/", _ attributes: Folder.Attributes = [], use: SpecialUse? = nil,
    id: String? = nil
) -> ListedFolder {
    ListedFolder(
        rawName: Array(name.utf8), separator: separator?.asciiValue, attributes: attributes, specialUse: use,
        mailboxID: id.map { Array($0.utf8) })
}

private func stored(_ number: Int64, _ name: String, _ attributes: Folder.Attributes = [], id: String? = nil) -> Folder
{
    Folder(
        id: FolderID(rawValue: number), rawName: Array(name.utf8), separator: UInt8(ascii: "/"), attributes: attributes,
        specialUse: nil, mailboxID: id.map { Array($0.utf8) }, path: [Array(name.utf8)], displayName: name)
}

@Suite struct FolderListingTests {
    private func names(_ folders: [ListedFolder]) -> [String] {
        FolderListing.complete(folders).map { String(decoding: $0.rawName, as: UTF8.self) }
    }

    @Test(arguments: [
        (["INBOX"], ["INBOX"]), (["a/b/c"], ["a", "a/b", "a/b/c"]), (["b", "a"], ["a", "b"]),
        (["a", "a", "a"], ["a"]), (["inbox", "INBOX"], ["inbox"]), (["Inbox/x", "INBOX"], ["INBOX", "Inbox/x"]),
        (["inbox/x"], ["inbox", "inbox/x"]), (["/a"], ["", "/a"]), (["a//b"], ["a", "a/", "a//b"]),
        (["a/"], ["a", "a/"]), (["/"], ["", "/"]), (["//"], ["", "/", "//"]), (["a/", "a/b"], ["a", "a/", "a/b"]),
        ([""], []), ([], []), (["inboxes"], ["inboxes"]),
    ])
    func completed(given: [String], expected: [String]) {
        #expect(names(given.map { listed($0) }) == expected)
    }

    /// RFC 3501 section 6.3.3: `a/` that holds no messages is how some servers write the directory `a`.
    @Test func aDirectoryWrittenWithItsSeparator() {
        #expect(names([listed("a/", .noSelect), listed("a/b")]) == ["a", "a/b"])
        #expect(FolderListing.complete([listed("a/", .noSelect), listed("a")]).map(\.attributes) == [[]])
        #expect(FolderListing.complete([listed("a/", .noSelect)]).map(\.attributes) == [.noSelect])
    }

    /// HAZARD 63: what a name costs is in proportion to what was sent.
    @Test func namesOfManyLevelsAreFlat() {
        let deep = (0..<300).map { String(repeating: "\($0)/", count: 2_000) + "x" }
        let folders = FolderListing.complete(deep.map { listed($0) })
        #expect(folders.count { $0.attributes != .nonExistent } == 300)
        #expect(folders.reduce(0) { $0 + $1.rawName.count } < 16 << 20)
        #expect(names([listed("a/" + String(repeating: "b/", count: 90) + "c")]).count == 92)
    }

    /// HAZARD 64: without a separator a name has no parents.
    @Test func flatNames() {
        #expect(names([listed("a/b", separator: nil)]) == ["a/b"])
        #expect(names([listed("a.b", separator: "."), listed("c/d", separator: "/")]) == ["a", "c", "a.b", "c/d"])
    }

    @Test func parentsThatWereNotListedHoldNoMessages() {
        let folders = FolderListing.complete([listed("a/b")])
        #expect(folders.map(\.attributes) == [.nonExistent, []])
    }

    @Test func twoLinesOfOneNameAreOne() {
        let folders = FolderListing.complete([
            listed("a", .noSelect, id: nil), listed("a", use: .trash, id: "F1"),
        ])
        #expect(folders.count == 1)
        #expect(folders.first?.attributes == [])
        #expect(folders.first?.specialUse == .trash)
        #expect(folders.first?.mailboxID == Array("F1".utf8))
    }

    @Test func parentsStandBeforeTheirChildren() {
        let folders = FolderListing.complete(["z/y/x", "z", "a/b/c/d", "m"].map { listed($0) }).map(\.rawName)
        for (index, name) in folders.enumerated() {
            guard let cut = name.lastIndex(of: UInt8(ascii: "/")) else { continue }
            #expect(folders[..<index].contains(Array(name[..<cut])))
        }
    }
}

@Suite struct FolderListPlanTests {
    @Test func nothingNew() {
        let plan = FolderListPlan(
            stored: [stored(1, "INBOX"), stored(2, "a")], listed: [listed("a"), listed("INBOX")])
        #expect(plan.inserted.isEmpty && plan.updated.isEmpty && plan.missing.isEmpty)
    }

    @Test func comeAndGone() {
        let plan = FolderListPlan(
            stored: [stored(1, "INBOX"), stored(2, "a")], listed: [listed("INBOX"), listed("b")])
        #expect(plan.inserted.map(\.rawName) == [Array("b".utf8)])
        #expect(plan.missing == [FolderID(rawValue: 2)])
    }

    @Test func aRenamedFolderIsKnownByItsMAILBOXID() {
        let plan = FolderListPlan(stored: [stored(2, "a", id: "F2")], listed: [listed("b", id: "F2")])
        #expect(plan.inserted.isEmpty && plan.missing.isEmpty)
        #expect(plan.updated[FolderID(rawValue: 2)]?.rawName == Array("b".utf8))
    }

    @Test func withoutMAILBOXIDItIsAnotherFolder() {
        let plan = FolderListPlan(stored: [stored(2, "a")], listed: [listed("b")])
        #expect(plan.inserted.count == 1 && plan.missing.count == 1)
    }

    @Test func attributesThatChange() {
        let plan = FolderListPlan(stored: [stored(2, "a")], listed: [listed("a", .noSelect)])
        #expect(plan.updated.keys.map(\.rawValue) == [2])
    }

    @Test func inboxInAnotherCaseIsTheSame() {
        let plan = FolderListPlan(stored: [stored(1, "INBOX")], listed: [listed("Inbox")])
        #expect(plan.inserted.isEmpty && plan.missing.isEmpty)
    }
}

@Suite struct FolderPatternTests {
    @Test(arguments: [
        ("*", "", true), ("*", "a/b", true), ("%", "a", true), ("%", "a/b", false), ("a/%", "a/b", true),
        ("a/%", "a/b/c", false), ("a/*", "a/b/c", true), ("a/*", "a", false), ("a*", "a", true), ("*b", "ab/b", true),
        ("a%c", "abc", true), ("a%c", "a/c", false), ("a*c", "a/c", true), ("inbox", "INBOX", true),
        ("INBOX", "Inbox", true), ("INBOX/*", "inbox/x", true), ("inboxes", "INBOXES", false), ("", "", true),
        ("", "a", false), ("a", "", false), ("A", "a", false), ("*%*%*", "a/b", true), ("é", "é", true),
        ("**", "a", true),
    ])
    func matches(pattern: String, name: String, expected: Bool) {
        #expect(FolderPattern(pattern).matches(name) == expected)
    }

    /// A hostile pattern costs no more than the product of the lengths.
    @Test func manyWildcards() {
        let pattern = FolderPattern(String(repeating: "*a", count: 200))
        #expect(!pattern.matches(String(repeating: "a", count: 199) + "b"))
    }
}
