import IMAPValue
import InMemoryIMAP
import MailModel

@testable import MailService

extension Scenario {
    static let all: [Scenario] =
        [upload, uploads, move, moves, wandering] + fallbacks + deletions + replacements + folders + [flags, copy]

    /// The same on servers that tell less.
    static let more: [Scenario] =
        all.filter { $0.server.capabilities == ServerConfiguration.full.capabilities }.flatMap { scenario in
            [scenario.on(.noQResync, "without QRESYNC"), scenario.on(.noCondStore, "without CONDSTORE")]
        } + [upload, uploads, flags, copy, deletedForLater, folderMade].map { $0.on(.minimal, "on a plain server") }

    func on(_ server: ServerConfiguration, _ text: String) -> Scenario {
        var other = self
        other.name += " \(text)"
        other.server = server
        return other
    }

    // MARK: - Bringing

    static let upload = Scenario(name: "an upload", calls: [.write(21, "INBOX/new.eml")])

    static let uploads = Scenario(
        name: "several uploads",
        calls: [.write(21, "INBOX/new.eml"), .write(22, "INBOX/newer.eml"), .write(23, "Work/other.eml")])

    static let copy = Scenario(name: "a copy", calls: [.copy("INBOX/letter 2.eml", "Work/copy.eml")])

    // MARK: - Moving

    static let move = Scenario(name: "a move", calls: [.move("INBOX/letter 2.eml", "Work/kept.eml")])

    static let moves = Scenario(
        name: "several moves",
        calls: [
            .move("INBOX/letter 1.eml", "Work/letter 1.eml"), .move("INBOX/letter 2.eml", "Work/letter 2.eml"),
            .move("INBOX/letter 4.eml", "Work/letter 4.eml"), .move("Work/letter 11.eml", "INBOX/letter 11.eml"),
        ])

    /// One that goes on once it is there, one that goes home before it is sent, one that is only renamed.
    static let wandering = Scenario(
        name: "moves here and there",
        calls: [
            .move("INBOX/letter 1.eml", "Work/one.eml"), .move("INBOX/letter 2.eml", "Work/two.eml"),
            .move("Work/two.eml", "INBOX/home.eml"), .move("INBOX/letter 3.eml", "INBOX/renamed.eml"),
            .move("Work/one.eml", "INBOX/back.eml", isLater: true),
        ])

    /// Without MOVE, without UIDPLUS, and without both.
    static let fallbacks: [Scenario] = [
        Scenario(
            name: "moves without MOVE", server: .full.without("MOVE"),
            calls: [
                .move("INBOX/letter 1.eml", "Work/letter 1.eml"), .move("INBOX/letter 2.eml", "Work/kept.eml"),
            ]),
        Scenario(
            name: "a move without MOVE and UIDPLUS", server: .full.without("MOVE", "UIDPLUS"),
            calls: [.move("INBOX/letter 2.eml", "Work/kept.eml", stays: true)]),
        Scenario(
            name: "a move without UIDPLUS", server: .full.without("UIDPLUS"),
            calls: [.move("INBOX/letter 2.eml", "Work/kept.eml")]),
        Scenario(
            name: "an upload without UIDPLUS", server: .full.without("UIDPLUS"), calls: [.write(21, "INBOX/new.eml")]),
    ]

    static let flags = Scenario(
        name: "flags",
        calls: [
            .flag("INBOX/letter 1.eml", .add(Flags(system: .flagged))) { $0.insert("\\Flagged") },
            .flag("INBOX/letter 2.eml", .remove(Flags(system: .seen))) { $0.remove("\\Seen") },
            .flag("INBOX/letter 3.eml", .replace(Flags(names: ["\\Answered", "$Later"]))) {
                $0 = ["\\Answered", "$Later"]
            },
        ])
}
