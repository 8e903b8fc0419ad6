import IMAPValue
import MailModel
import MailTree
import SeededNumbers
import Testing

@testable import MailViews

/// Names of messages and folders in a Maildir and in the account: one for one, whatever is in them.
@Suite("Maildir names") struct MaildirNameTests {
    private func unique(_ name: String, size: UInt64 = 42) -> String {
        String(decoding: MaildirMessageName.unique(of: Array(name.utf8), size: size), as: UTF8.self)
    }

    private func stored(_ shown: String, size: UInt64? = nil) -> String? {
        MaildirMessageName(Array(shown.utf8))?.stored(size: size).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "what the mount named has its size; what a program named is as it said",
        arguments: [
            ("2024-10-12_0632_Alice_Report.k7f3qa.eml", "2024-10-12_0632_Alice_Report.k7f3qa,S=42"),
            ("Invoice,-7.k7f3qa.eml", "Invoice%2C-7.k7f3qa,S=42"), ("a%2Cb.eml", "a%2Cb"),
            ("a%2Cb.k7f3qa.eml", "a%252Cb.k7f3qa,S=42"), ("a%2Cb.k7f3qa,S=42,U=7.eml", "a%2Cb.k7f3qa,S=42,U=7"),
            ("a.k7f3qa-2.eml", "a.k7f3qa-2,S=42"), ("1732.M1P2.host.eml", "1732.M1P2.host"),
            ("1732.M1P2.host,S=9,W=10.eml", "1732.M1P2.host,S=9,W=10"), ("x,U=7.eml", "x,U=7"),
            ("a.k7f3qa,S=42,U=7.eml", "a.k7f3qa,S=42,U=7"), ("a:2,S.eml", "a%3A2,S"), ("50%.eml", "50%25"),
            (".hidden.eml", "%2Ehidden"), ("a\n.eml", "a%0A"), ("x.EML", "x.EML%"), ("x.eml~", "x.eml~%"),
            ("a.k7f3qa,.eml", "a.k7f3qa"), ("a.k7f3qa,,.eml", "a.k7f3qa,"), ("hello,.eml", "hello,"),
            ("a.k7f3qi.eml", "a.k7f3qi"), (".k7f3qa.eml", "%2Ek7f3qa"),
        ])
    func shown(name: String, shown: String) {
        #expect(unique(name) == shown)
        let name = Array(name.utf8)
        let read = MaildirMessageName(Array("\(shown):2,S".utf8))
        #expect(read?.candidates.first.map { $0.name == name && ($0.size ?? 42) == 42 } == true)
        #expect(read?.stored(size: 42) == (FileKind(name: name) == .message && !name.contains(0x0A) ? name : nil))
    }

    @Test(
        "a program finds its file under the name that it gave",
        arguments: [
            "1732809600.M123P456.host", "1732.M1P2.myhost", "1732.M1P2.k7f3qa", "x.k7f3qa,", "x.k7f3qa,,", "x,U=5",
            "x.k7f3qa-2", "ü", "a,S=12", "a%2Cb.k7f3qa,S=9,U=7", "a,b.k7f3qa", "1732.k7f3qa,S=12",
        ])
    func given(name: String) throws {
        let stored = try #require(self.stored(name))
        #expect(unique(stored, size: 99) == name)
    }

    @Test(
        "what nothing is shown as, or what would be no message, cannot be given",
        arguments: [
            "a%b", "a%2", "a%41", "%", "a%3a", "a%00", "x.eml%", "a%2Fb", "%2F", "%2E", "%2E%", "..%2F..%2Fx",
            "%2Ehidden",
            "a%0Ab", "a%7F", "x.eml~%", "foo%", "#x", "~x",
        ])
    func refused(name: String) { #expect(stored(name) == nil) }

    @Test("no message has such a name", arguments: ["", ".x", ":2,S", "x:1,", "x:2"])
    func none(name: String) { #expect(MaildirMessageName(Array(name.utf8)) == nil) }

    @Test("a message that is moved keeps the name that the mount gave it") func moved() {
        #expect(stored("a.k7f3qa,S=42:2,S", size: 42) == "a.k7f3qa.eml")
        #expect(stored("a.k7f3qa,S=42:2,S", size: 43) == "a.k7f3qa,S=42.eml")
    }

    @Test("by a size that was claimed wrongly it is found too, after the one that it belongs to") func claimed() {
        let candidates = MaildirMessageName(Array("a.k7f3qa,S=41:2,".utf8))?.candidates ?? []
        #expect(candidates.map(\.name) == ["a.k7f3qa.eml", "a.k7f3qa,S=41.eml", "a.k7f3qa.eml"].map { Array($0.utf8) })
        #expect(candidates.map(\.size) == [41, nil, nil])
    }

    @Test("what has the name of another by chance gives way") func rival() throws {
        let name = Array("a.k7f3qa,S=42.eml".utf8)
        let rival = try #require(MaildirMessageName.rival(of: name))
        #expect(rival.name == Array("a.k7f3qa.eml".utf8) && rival.size == 42)
        let shown = MaildirMessageName.unique(of: name, size: 42, isTaken: true)
        #expect(shown != MaildirMessageName.unique(of: rival.name, size: 42))
        #expect(MaildirMessageName(unique: shown, flags: nil).candidates.map(\.name) == [name])
        #expect(MaildirMessageName(unique: shown, flags: nil).stored(size: 42) == name)
        #expect(MaildirMessageName.rival(of: Array("a.k7f3qa,S=042.eml".utf8)) == nil)
    }

    @Test("any name leads there and back, and no two to one") func random() throws {
        var numbers = SeededNumbers(seed: 11)
        let pieces = [
            ".", "%", ":", ",", "2", "S", "=", "-", "k7f3qa", ".k7f3qa", ",S=42", "%3A", "%25", "%2C", "2C", "~", "a",
            "ü", ".eml",
            "\n",
        ]
        var seen: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...6, using: &numbers))
                .map { _ in pieces[Int.random(in: pieces.indices, using: &numbers)] }.joined()
            let name = Array((text + (Bool.random(using: &numbers) ? ".eml" : "")).utf8)
            // In the place of the listing, which looks whether there is one.
            let isTaken = MaildirMessageName.rival(of: name)?.size == 42
            let unique = MaildirMessageName.unique(of: name, size: 42, isTaken: isTaken)
            #expect(seen.updateValue(name, forKey: unique).map { $0 == name } ?? true, "\(unique)")
            let shown = try #require(MaildirMessageName(unique + Array(":2,".utf8)))
            #expect(shown.unique == unique && shown.flags == [])
            #expect(shown.candidates.first { ($0.size ?? 42) == 42 }?.name == name, "\(text)")
            // What a program gives it finds again.
            if let given = MaildirMessageName(Array(text.utf8)), let stored = given.stored(size: nil),
                MaildirMessageName.rival(of: stored) == nil
            {
                #expect(MaildirMessageName.unique(of: stored, size: 7) == given.unique, "\(text)")
            }
        }
    }

    // MARK: - Flags

    @Test("flags are letters in the order of US-ASCII") func letters() {
        let flags = MaildirFlags(
            Flags(system: [.seen, .draft, .flagged, .answered], keywords: ["$forwarded", "Other"]))
        #expect(flags.text == Array("DFPRS".utf8))
        #expect(MaildirFlags(letters: "SRaPFD".utf8) == flags)
        #expect(MaildirMessageName(unique: Array("x".utf8), flags: [.seen, .flagged]).octets == Array("x:2,FS".utf8))
    }

    @Test("only the difference between two names is changed") func difference() {
        let old: MaildirFlags = [.seen, .flagged, .passed]
        #expect(
            old.changes(to: [.seen, .replied]) == [
                .add(Flags(system: .answered)), .remove(Flags(system: .flagged, keywords: ["$Forwarded"])),
            ])
        #expect(old.changes(to: old) == [])
        #expect(old.changes(to: old.union(.trashed)) == [])
    }

    // MARK: - Folders

    private func shown(_ path: [String]) -> String {
        String(
            decoding: MaildirFolderName.shown(path.map { Array($0.utf8) }, FolderID(rawValue: 7)), as: UTF8.self)
    }

    @Test(
        "levels are parted by a dot",
        arguments: [
            (["Archive", "2024"], ".Archive.2024"), (["a.b"], ".a%2Eb"), (["50%"], ".50%25"), (["Grüße"], ".Grüße"),
            (["INBOX", "Work"], ".INBOX.Work"), ([".x"], ".%2Ex"), (["a%2Eb"], ".a%252Eb"),
        ])
    func folders(path: [String], name: String) {
        #expect(shown(path) == name)
        #expect(MaildirFolderName.path(Array(name.utf8)) == path.map { Array($0.utf8) })
    }

    @Test(
        "no folder has such a name",
        arguments: [
            "", ".", "..", "a", ".a.", ".a..b", ".a%", ".a%2e", ".a/b", ".INBOX", ".a%2Fb", ".%2E", ".%2E%2E.a",
        ])
    func noFolder(name: String) { #expect(MaildirFolderName.path(Array(name.utf8)) == nil) }

    @Test("a name that would be too long is cut, and has the folder's number") func long() {
        let path = (0..<4).map { _ in String(repeating: "x", count: 80) }
        let name = shown(path)
        #expect(name.utf8.count == 255 && name.hasSuffix("%~7"))
        #expect(MaildirFolderName.path(Array(name.utf8)) == nil && MaildirFolderName.isShortened(Array(name.utf8)))
    }

    @Test("it is cut between characters", arguments: ["é", "日", "😀", "x日", "xx日"]) func longCharacters(piece: String) {
        let path = (0..<4).map { _ in Array(String(repeating: piece, count: 20).utf8) }
        for id in [7, 1_234_567, FolderID.RawValue.max] as [FolderID.RawValue] {
            let name = MaildirFolderName.shown(path + path, FolderID(rawValue: id))
            #expect(name.count == 255 && String(validating: name, as: UTF8.self)?.hasSuffix("~\(id)") == true)
            #expect(MaildirFolderName.path(name) == nil && MaildirFolderName.isShortened(name))
        }
    }
}
