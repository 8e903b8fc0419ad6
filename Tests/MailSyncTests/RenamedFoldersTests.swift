import IMAPValue
import MailModel
import MailSync
import Testing

/// What another client renamed, known without MAILBOXID.
@Suite struct RenamedFoldersTests {
    private func missing(
        _ number: Int64, _ name: String, _ validity: UInt32?, next: UInt32 = 4, messages: Int = 3, isListed: Bool = true
    ) -> RenamedFolders.Missing {
        RenamedFolders.Missing(
            folder: Folder(
                id: folder(number), rawName: octets(name), separator: UInt8(ascii: "/"), attributes: [],
                specialUse: nil,
                mailboxID: nil, path: path(name), displayName: name),
            cursor: validity.flatMap { UIDValidity($0) }.map {
                FolderCursor(uidValidity: $0, uidNext: next, highestModSeq: nil, isListed: isListed)
            }, messages: messages)
    }

    private struct Appeared {
        var name: String
        var validity: UInt32?
        var next: UInt32 = 4
        var messages: UInt32 = 3
    }

    private func names(
        _ missing: [RenamedFolders.Missing], _ appeared: [Appeared], present: Set<UInt32> = []
    ) -> [String: String] {
        var statuses: [[UInt8]: PolledStatus] = [:]
        for one in appeared {
            guard let validity = one.validity else { continue }
            statuses[octets(one.name)] = PolledStatus(
                messages: one.messages, uidNext: UID(one.next), uidValidity: UIDValidity(validity), unseen: nil,
                highestModSeq: nil)
        }
        let found = RenamedFolders(
            missing: missing, present: Set(present.compactMap { UIDValidity($0) }),
            appeared: appeared.map {
                ListedFolder(
                    rawName: octets($0.name), separator: UInt8(ascii: "/"), attributes: [], specialUse: nil,
                    mailboxID: nil)
            }, statuses: statuses)
        return Dictionary(
            found.oldNames.map { (String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)) },
            uniquingKeysWith: { first, _ in first })
    }

    @Test func oneOfOne() {
        #expect(names([missing(1, "A", 7)], [Appeared(name: "B", validity: 7)]) == ["B": "A"])
        // Mail has come meanwhile.
        #expect(names([missing(1, "A", 7)], [Appeared(name: "B", validity: 7, next: 9, messages: 8)]) == ["B": "A"])
    }

    @Test func another() {
        #expect(names([missing(1, "A", 7)], [Appeared(name: "B", validity: 8)]) == [:])
        #expect(names([missing(1, "A", 7)], [Appeared(name: "B", validity: nil)]) == [:])
        #expect(names([missing(1, "A", nil)], [Appeared(name: "B", validity: 7)]) == [:])
        // UIDs were given out that this one has not.
        #expect(names([missing(1, "A", 7)], [Appeared(name: "B", validity: 7, next: 3)]) == [:])
        #expect(names([missing(1, "A", 7, isListed: false)], [Appeared(name: "B", validity: 7)]) == [:])
    }

    @Test func oneOfSeveral() {
        let two = [missing(1, "A", 7, next: 4), missing(2, "B", 7, next: 6, messages: 5)]
        #expect(
            names(two, [Appeared(name: "C", validity: 7), Appeared(name: "D", validity: 7, next: 6, messages: 5)])
                == ["C": "A", "D": "B"])
        let alike = [missing(1, "X/A", 7), missing(2, "X/B", 7)]
        #expect(
            names(alike, [Appeared(name: "Y/A", validity: 7), Appeared(name: "Y/B", validity: 7)])
                == ["Y/A": "X/A", "Y/B": "X/B"])
        #expect(names(alike, [Appeared(name: "Y/C", validity: 7)]) == [:])
        // Two that could be it.
        #expect(
            names([missing(1, "A", 7)], [Appeared(name: "B", validity: 7), Appeared(name: "C", validity: 7)]) == [:])
    }

    /// Nothing but the numbers says that an empty one is the same.
    @Test func empty() {
        let empty = [missing(1, "A", 7, next: 4, messages: 0)]
        #expect(names(empty, [Appeared(name: "B", validity: 7, messages: 0)]) == ["B": "A"])
        #expect(names(empty, [Appeared(name: "B", validity: 7, messages: 0)], present: [7]) == [:])
        #expect(names(empty, [Appeared(name: "B", validity: 7, next: 5, messages: 0)]) == [:])
        let never = [missing(1, "A", 7, next: 1, messages: 0)]
        #expect(names(never, [Appeared(name: "B", validity: 7, next: 1, messages: 0)]) == [:])
    }

    /// What lies above and below one that is known goes with it.
    @Test func trees() {
        let tree = [
            missing(1, "A", 5, next: 1, messages: 0), missing(2, "A/M", 7),
            missing(3, "A/M/E", 8, next: 1, messages: 0),
            missing(4, "A/N", nil), missing(5, "Other", 9, next: 1, messages: 0),
        ]
        #expect(
            names(
                tree,
                [
                    Appeared(name: "B", validity: 5, next: 1, messages: 0), Appeared(name: "B/M", validity: 7),
                    Appeared(name: "B/M/E", validity: 8, next: 1, messages: 0), Appeared(name: "B/N", validity: nil),
                    Appeared(name: "Third", validity: 9, next: 1, messages: 0),
                ]) == ["B": "A", "B/M": "A/M", "B/M/E": "A/M/E", "B/N": "A/N"])
        // One of that name with another UIDVALIDITY is another.
        #expect(
            names(tree, [Appeared(name: "B", validity: 6, next: 1, messages: 0), Appeared(name: "B/M", validity: 7)])
                == ["B/M": "A/M"])
    }
}
