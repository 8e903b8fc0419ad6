import Foundation
import IMAPCodec
import IMAPValue

/// What one connection says and hears, written down once between this client and a server (Dovecot 2.3, Cyrus 3.6, Courier 5.0) from
/// the greeting on, in the words of `ScriptedPeer`.
struct RecordedDialogue: Sendable, CustomStringConvertible {
    /// `SERVER-SUBJECT`, its file in `Tests/Dialogues`.
    let name: String
    let commands: [Command]

    var description: String { name }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Dialogues")

    var script: String {
        get throws { try String(contentsOf: Self.directory.appending(path: "\(name).txt"), encoding: .utf8) }
    }

    /// What an APPEND of a dialogue sends: that many octets of each message.
    static let upload = bytes(
        String(repeating: "Subject: a berth\r\n\r\nIs there one left for Saturday?\r\n", count: 4))

    static let all: [RecordedDialogue] = ["dovecot", "cyrus", "courier"].flatMap { server in
        subjects(isModern: server != "courier").map { subject, commands in
            RecordedDialogue(name: "\(server)-\(subject)", commands: commands)
        }
    }

    private static let inbox = bytes("INBOX")
    private static let one = FetchSet.uids(UIDSet([1] as [UInt32]))
    private static let some = UIDSet([1, 2, 3] as [UInt32])
    private static let headers = FetchItem.headerFields(["Date", "From", "Subject", "Message-ID", "References"])

    /// `isModern`: with CONDSTORE, MOVE, LIST-STATUS and ESEARCH, and folders beside INBOX.
    private static func subjects(isModern: Bool) -> [(String, [Command])] {
        let open = isModern ? SelectParameters.condstore : .plain
        func folder(_ name: String) -> [UInt8] { bytes(isModern ? name : "INBOX.\(name)") }
        let (other, new, renamed) = (folder("Archive"), folder("Neu"), folder("Alt"))
        let examine = Command.examine(inbox, open)
        let select = Command.select(inbox, open)
        let items: [FetchItem] = [.uid, .flags, .size, .internalDate]
        func fetch(_ items: [FetchItem]) -> Command { .uidFetch(one, items, changedSince: nil, vanished: false) }
        let resync: [Command] =
            isModern
            ? [
                examine, .uidFetch(.from(.min), [.uid, .flags], changedSince: ModSequence(1), vanished: false),
                .unselect, select,
            ] : [examine, .noop, .check, select]
        return [
            (
                "folders",
                [
                    .namespace, .list(reference: [], patterns: [bytes("*")], options: .plain),
                    isModern
                        ? .list(
                            reference: [], patterns: [bytes("*")],
                            options: ListOptions(return: [.specialUse, .children], status: [.messages, .uidNext]))
                        : .list(reference: [], patterns: [bytes("%")], options: .plain),
                ]
            ),
            ("opening", [examine, select, .noop]),
            ("again", resync),
            ("listing", [examine, .uidFetch(.from(.min), items + [headers], changedSince: nil, vanished: false)]),
            ("body", [examine, fetch([.uid, .body])]),
            ("pieces", [examine, fetch([.uid, .partialBody(offset: 100, count: 700)]), fetch([.uid, .header])]),
            (
                "parts",
                [examine, fetch([.uid, .bodyStructure]), PartNumber([1]).map { fetch([.uid, .part($0)]) } ?? .noop]
            ),
            (
                "searches",
                [
                    examine, .uidSearch(.all), .uidSearch(.header("Message-ID", bytes("<"))),
                    .uidSearch(UIDSearch([.undeleted, .text(bytes("the"))], returnsAll: isModern)),
                ]
            ),
            (
                "flags",
                [
                    select,
                    .uidStore(
                        some, .add, Flags(system: .flagged, keywords: ["work"]), silent: false, unchangedSince: nil),
                    .uidStore(some, .remove, Flags(system: .flagged), silent: true, unchangedSince: nil),
                    .uidFetch(.uids(some), [.uid, .flags], changedSince: nil, vanished: false),
                ]
            ),
            ("copies", [select, .uidCopy(some, other), .status(other, [.messages, .uidNext])]),
            (
                "moves",
                isModern
                    ? [select, .uidMove(UIDSet([4, 5] as [UInt32]), other), .noop]
                    : [
                        select, .uidCopy(UIDSet([4, 5] as [UInt32]), other),
                        .uidStore(
                            UIDSet([4, 5] as [UInt32]), .add, Flags(system: .deleted), silent: false,
                            unchangedSince: nil),
                    ]
            ),
            (
                "uploads",
                [
                    .append(other, [AppendMessage(flags: Flags(system: .seen), octets: UInt64(upload.count))]),
                    .status(other, [.messages, .uidNext, .uidValidity]), .noop,
                ]
            ),
            (
                "changes",
                [
                    .create(new, nil), .subscribe(new), .rename(new, renamed), .delete(renamed),
                    .list(reference: [], patterns: [bytes("*")], options: .plain),
                ]
            ),
            (
                "states",
                [
                    .status(inbox, [.messages, .uidNext, .uidValidity, .unseen]), .getQuotaRoot(inbox), examine,
                    .unselect, .noop,
                ]
            ),
        ]
    }
}
