import IMAPCodec
import IMAPProtocol
import IMAPValue
import Testing

/// What an endless server may send before the session ends.
@Suite("Bounds on what a command may bring")
struct ResponseAllowanceTests {
    struct Flood: Sendable, CustomTestStringConvertible {
        var name: String
        var command: Command
        /// Before the flood.
        var before: [String] = []
        var line: String
        /// So many are borne.
        var most: Int
        var testDescription: String { name }
    }

    private static let mailbox = Array("INBOX".utf8)
    private static let uids = UIDSet([7, 8, 9] as [UInt32])

    static let floods: [Flood] = [
        Flood(
            name: "LIST", command: .list(reference: [], patterns: [Array("*".utf8)], options: .plain),
            line: "* LIST () \"/\" a", most: 110_000),
        Flood(
            name: "LIST of long names", command: .list(reference: [], patterns: [Array("*".utf8)], options: .plain),
            line: "* LIST () \"/\" " + String(repeating: "x", count: 8_000), most: 1_060),
        Flood(
            name: "STATUS", command: .status(mailbox, [.messages]), line: "* STATUS INBOX (MESSAGES 1)", most: 10_004),
        Flood(
            name: "FLAGS of all", command: .uidFetch(.from(.min), [.uid, .flags], changedSince: nil, vanished: false),
            before: ["* 5 EXISTS"], line: "* 5 FETCH (UID 9 FLAGS ())", most: 20_000),
        Flood(
            name: "headers of three",
            command: .uidFetch(.uids(uids), [.uid, .size], changedSince: nil, vanished: false),
            before: ["* 500000 EXISTS"], line: "* 5 FETCH (UID 9 RFC822.SIZE 4)", most: 2_010_100),
        Flood(name: "notices", command: .noop, line: "* OK still here", most: 10_000),
        Flood(name: "expunges", command: .noop, before: ["* 1000 EXISTS"], line: "* 1 EXPUNGE", most: 14_000),
        Flood(name: "capabilities", command: .capability, line: "* CAPABILITY IMAP4rev1", most: 10_004),
        Flood(name: "ENABLED", command: .enable(["QRESYNC"]), line: "* ENABLED QRESYNC", most: 10_004),
        Flood(name: "SEARCH", command: .uidSearch(UIDSearch([.all])), line: "* SEARCH 1 2 3", most: 10_016),
        Flood(
            name: "ESEARCH", command: .uidSearch(UIDSearch([.all])), line: "* ESEARCH UID ALL 1:4294967295",
            most: 10_016),
        Flood(
            name: "VANISHED", command: .examine(mailbox, .condstore), before: ["* 3 EXISTS"],
            line: "* VANISHED (EARLIER) 1:4294967295", most: 12_200),
        Flood(name: "FLAGS of a mailbox", command: .examine(mailbox, .plain), line: "* FLAGS (a)", most: 10_064),
        Flood(
            name: "bodies of a mailbox", command: .examine(mailbox, .plain), line: "* 1 FETCH (UID 1 BODY[] a)",
            most: 10_000),
        Flood(name: "quota", command: .getQuotaRoot(mailbox), line: "* QUOTA \"\" (STORAGE 1 2)", most: 10_064),
        Flood(name: "name spaces", command: .namespace, line: "* NAMESPACE NIL NIL NIL", most: 10_004),
        Flood(name: "ID", command: .id([]), line: "* ID NIL", most: 10_004),
        Flood(name: "COPYUID", command: .uidMove(uids, mailbox), line: "* OK [COPYUID 1 7 8] moved", most: 10_076),
        Flood(name: "what has no name", command: .noop, line: "* XYZZY", most: 10_000),
    ]

    @Test("have an end", arguments: floods)
    func hasAnEnd(flood: Flood) throws {
        var pipeline = CommandPipeline(tags: TagSequence())
        let id = pipeline.nextID()
        _ = pipeline.submitted(id, flood.command, encoder: CommandEncoder(capabilities: .none, utf8Accepted: false))
        func charge(_ line: String, _ response: Untagged) -> Bool {
            if case .excess = pipeline.charge(response, octets: line.utf8.count) { true } else { false }
        }
        for line in flood.before {
            guard case .untagged(let response) = try response(line) else { continue }
            #expect(!charge(line, response))
        }
        guard case .untagged(let response) = try response(flood.line) else {
            Issue.record("not untagged")
            return
        }
        var count = 0
        while count <= flood.most, !charge(flood.line, response) { count += 1 }
        #expect(count <= flood.most)
        #expect(pipeline.excessReceived("too much").first.map { if case .close = $0 { true } else { false } } == true)
    }

    /// A million messages and twenty thousand folders are no flood.
    @Test("leave room for the largest accounts")
    func room() throws {
        let encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
        var pipeline = CommandPipeline(tags: TagSequence())
        _ = pipeline.submitted(pipeline.nextID(), .examine(Self.mailbox, .plain), encoder: encoder)
        #expect(pipeline.charge(.exists(1_000_000), octets: 17) == .answer(isEarly: true))
        _ = pipeline.taggedReceived(Array("A1".utf8), StatusResponse(kind: .ok))
        _ = pipeline.submitted(
            pipeline.nextID(), .uidFetch(.from(.min), [.uid, .flags], changedSince: nil, vanished: false),
            encoder: encoder)
        let flags = try response("* 1000000 FETCH (UID 4294967294 FLAGS (\\Seen $Forwarded))")
        guard case .untagged(let fetch) = flags else { return }
        for number in 0..<1_000_000 {
            guard pipeline.charge(fetch, octets: 60) == .answer(isEarly: number < 4) else {
                Issue.record("\(number)")
                return
            }
        }
        _ = pipeline.taggedReceived(Array("A2".utf8), StatusResponse(kind: .ok))
        _ = pipeline.submitted(
            pipeline.nextID(), .list(reference: [], patterns: [Array("*".utf8)], options: .plain), encoder: encoder)
        guard case .untagged(let entry) = try response("* LIST () \"/\" a"),
            case .untagged(let status) = try response("* STATUS a (MESSAGES 1)")
        else { return }
        for _ in 0..<20_000 {
            guard case .answer = pipeline.charge(entry, octets: 150),
                case .answer = pipeline.charge(status, octets: 150)
            else {
                Issue.record("too few folders")
                return
            }
        }
    }

    @Test("count what cannot be read, and + that nobody waits for")
    func noise() throws {
        let encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
        for sends: (inout CommandPipeline) -> [CommandPipeline.Action] in [
            { $0.unreadableReceived(Array("* LIST".utf8)) }, { $0.continuationReceived() },
        ] {
            var pipeline = CommandPipeline(tags: TagSequence())
            _ = pipeline.submitted(pipeline.nextID(), .noop, encoder: encoder)
            var count = 0
            while count <= 20_000, sends(&pipeline).isEmpty { count += 1 }
            #expect(count == 10_000)
        }
    }

    @Test("leave news their room while a command is answered, and count anew after it")
    func anew() throws {
        let encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
        var pipeline = CommandPipeline(tags: TagSequence())
        for number in 1...3 {
            _ = pipeline.submitted(pipeline.nextID(), .noop, encoder: encoder)
            for _ in 0..<9_000 { #expect(pipeline.charge(.recent(1), octets: 10) == .news(isSign: false)) }
            _ = pipeline.taggedReceived(Array("A\(number)".utf8), StatusResponse(kind: .ok))
        }
    }

    @Test("say of which commands a notice is a sign of life")
    func signs() throws {
        let encoder = CommandEncoder(capabilities: .none, utf8Accepted: false)
        let notice = Untagged.status(StatusResponse(kind: .ok, text: "Hang in there.."))
        for (command, isSign) in [(Command.uidMove(Self.uids, Self.mailbox), true), (.noop, false)] {
            var pipeline = CommandPipeline(tags: TagSequence())
            _ = pipeline.submitted(pipeline.nextID(), command, encoder: encoder)
            var last: CommandPipeline.Charge?
            for _ in 0..<100 { last = pipeline.charge(notice, octets: 20) }
            #expect(last == .news(isSign: isSign))
        }
    }
}
