import IMAPClient
import IMAPCodec
import IMAPValue

/// What this side does in a run, out of the first line of an input: a letter for each wish, in their order.
///
/// Some say how the connection is made and ends, wherever they stand; the others are done one after the other, each when the command
/// before has its answer. `&` behind one: the next does not wait. `.`: a line of the server comes first.
struct ClientProgram {
    enum Step {
        case say(Command)
        case startIdle
        case stopIdle
        /// Every timer runs out.
        case passTime
        case close
        /// A line of the server comes first.
        case line
    }

    enum Pieces { case lines, octets, whole }

    private(set) var security = Endpoint.Security.none
    private(set) var compress = false
    private(set) var credentials = Credentials.password(octets: Array("pencil".utf8))
    private(set) var user = "user"
    /// How the server's octets arrive.
    var pieces = Pieces.lines
    /// The sinks of literals are slow.
    private(set) var holdsUp = false
    /// After the server's octets this side ends the connection.
    private(set) var closesItself = false
    private(set) var steps: ArraySlice<(step: Step, isAlone: Bool)> = []

    /// So many steps are enough.
    private static let most = 24

    init(_ letters: ArraySlice<UInt8>) {
        for letter in letters {
            switch letter {
            case UInt8(ascii: "S"): security = .startTLS
            case UInt8(ascii: "I"): security = .implicit
            case UInt8(ascii: "C"): compress = true
            case UInt8(ascii: "T"):
                credentials = .token(octets: Array("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg".utf8))
            case UInt8(ascii: "E"): credentials = .password(octets: [])
            case UInt8(ascii: "U"): user = "jörg@example.org"
            case UInt8(ascii: "O"): pieces = .octets
            case UInt8(ascii: "W"): pieces = .whole
            case UInt8(ascii: "H"): holdsUp = true
            case UInt8(ascii: "Q"): closesItself = true
            case UInt8(ascii: "&"):
                if let last = steps.popLast() { steps.append((last.step, false)) }
            default:
                if steps.count < Self.most, let step = Self.step(letter) { steps.append((step, true)) }
            }
        }
    }

    mutating func next() -> (step: Step, isAlone: Bool)? { steps.popFirst() }

    /// What an APPEND sends.
    static let upload = Array("Subject: a berth\r\n\r\nIs there one left for Saturday?\r\n".utf8)

    private static let inbox = Array("INBOX".utf8)
    private static let other = Array("Größe & \"mehr\"".utf8)
    private static let all = [Array("*".utf8)]
    private static let some = UIDSet([1, 2, 3] as [UInt32])

    private static func step(_ letter: UInt8) -> Step? {
        if let command = command(letter) { return .say(command) }
        return switch letter {
        case UInt8(ascii: "i"): .startIdle
        case UInt8(ascii: "j"): .stopIdle
        case UInt8(ascii: "t"): .passTime
        case UInt8(ascii: "x"): .close
        case UInt8(ascii: "."): .line
        default: nil
        }
    }

    private static func command(_ letter: UInt8) -> Command? {
        let described: [FetchItem] = [.uid, .flags, .size, .internalDate]
        func fetch(_ items: [FetchItem]) -> Command {
            .uidFetch(.uids(some), items, changedSince: nil, vanished: false)
        }
        return switch letter {
        case UInt8(ascii: "a"):
            .append(inbox, [AppendMessage(flags: Flags(system: .seen), octets: UInt64(upload.count))])
        case UInt8(ascii: "b"): fetch([.uid, .body])
        case UInt8(ascii: "c"): .uidCopy(some, other)
        case UInt8(ascii: "d"): .delete(other)
        case UInt8(ascii: "e"): .examine(inbox, .condstore)
        case UInt8(ascii: "f"): fetch(described + [.headerFields(["Date", "From", "Subject", "Message-ID"])])
        case UInt8(ascii: "g"): .getQuotaRoot(inbox)
        case UInt8(ascii: "h"): .uidSearch(.header("Message-ID", Array("<".utf8)))
        case UInt8(ascii: "k"): .check
        case UInt8(ascii: "l"): .list(reference: [], patterns: all, options: .plain)
        case UInt8(ascii: "m"): .uidMove(some, other)
        case UInt8(ascii: "n"): .noop
        case UInt8(ascii: "o"): .logout
        case UInt8(ascii: "p"): fetch([.uid, .partialBody(offset: 100, count: 700)])
        case UInt8(ascii: "q"): .uidExpunge(some)
        case UInt8(ascii: "r"): .rename(inbox, other)
        case UInt8(ascii: "s"): .select(inbox, .plain)
        case UInt8(ascii: "u"): .unselect
        case UInt8(ascii: "v"):
            .uidFetch(.from(.min), [.uid, .flags], changedSince: ModSequence(1), vanished: true)
        case UInt8(ascii: "w"):
            .uidStore(some, .add, Flags(system: .flagged, keywords: ["work"]), silent: false, unchangedSince: nil)
        case UInt8(ascii: "y"): .status(inbox, [.messages, .uidNext, .uidValidity, .unseen])
        case UInt8(ascii: "z"): fetch([.uid, .bodyStructure])
        case UInt8(ascii: "A"):
            .append(other, [AppendMessage](repeating: AppendMessage(octets: UInt64(upload.count)), count: 2))
        case UInt8(ascii: "F"): .uidFetch(.from(.min), described, changedSince: nil, vanished: false)
        case UInt8(ascii: "L"):
            .list(
                reference: [], patterns: all,
                options: ListOptions(return: [.specialUse, .children], status: [.messages, .uidNext]))
        case UInt8(ascii: "M"): .create(other, nil)
        case UInt8(ascii: "N"): .namespace
        case UInt8(ascii: "R"):
            .uidSearch(UIDSearch([.undeleted, .text(Array("the".utf8))], returnsAll: true))
        case UInt8(ascii: "V"): .subscribe(other)
        default: nil
        }
    }
}
