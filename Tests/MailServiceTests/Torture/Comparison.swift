import IMAPValue
import InMemoryIMAP
import MailModel

@testable import MailService

extension Expectation {
    /// How the server and what is shown differ from this; empty where they do not.
    ///
    /// - Parameter isCutShort: a call was under way when the program ended: it may have left a file that is only here.
    func differences(from account: Account, _ mounted: Mounted, isCutShort: Bool) throws -> [String] {
        var differences = differences(from: account)
        let model = mounted.shown.model
        differences += model.contradictions
        let shownFolders = Set(model.paths)
        for name in Set(account.folders).symmetricDifference(shownFolders).sorted() {
            differences.append("folder \(name) is \(shownFolders.contains(name) ? "shown only" : "not shown")")
        }
        for folder in model.folders.values {
            let path = Shown.Model.text(folder.path)
            var listing: [MessageSummary] = []
            try mounted.service.loadListing(folder.id, { listing.append($0) }, done: {})
            let told = model.messages(in: path)
            if listing.sorted(by: { $0.id < $1.id }) != told.sorted(by: { $0.id < $1.id }) {
                differences.append("\(path): told \(told.map(Self.text)), listed \(listing.map(Self.text))")
            }
            differences += Self.differences(in: path, told, account, isCutShort: isCutShort)
            let names = told.filter { !$0.flags.isDeleted && $0.uid != nil }.map {
                String(decoding: $0.name, as: UTF8.self)
            }
            let wanted = (folders[path] ?? []).compactMap(\.name)
            if names.sorted() != wanted.sorted() {
                differences.append("\(path): shows \(names.sorted()), not \(wanted.sorted())")
            }
        }
        return differences
    }

    /// How a server differs from this.
    func differences(from account: Account) -> [String] {
        var differences: [String] = []
        for name in Set(account.folders).symmetricDifference(folders.keys).sorted() {
            differences.append("folder \(name) is \(account.hasFolder(name) ? "there" : "lost")")
        }
        for (name, held) in folders.sorted(by: { $0.key < $1.key }) where account.hasFolder(name) {
            let wanted = held.map { Self.text($0.bytes, $0.flags) }.sorted()
            let found = account.messages(in: name).map { Self.text($0.bytes, Set($0.flags)) }.sorted()
            if wanted != found { differences.append("\(name): the server has \(found), not \(wanted)") }
        }
        return differences
    }

    /// How what is shown in a folder differs from what the server has there.
    private static func differences(
        in path: String, _ told: [MessageSummary], _ account: Account, isCutShort: Bool
    ) -> [String] {
        var differences: [String] = []
        let visible = told.filter { !$0.flags.isDeleted }
        for message in visible where message.uid == nil {
            if !isCutShort { differences.append("\(path): \(text(message)) has no UID") }
        }
        let there = account.messages(in: path).filter { !$0.flags.contains("\\Deleted") }
        let shown = visible.compactMap { message in
            message.uid.map { "\($0.rawValue) \(message.flags.names.sorted()) \(message.standing)" }
        }
        let wanted = there.map { "\($0.uid) \($0.flags.sorted()) settled" }
        if shown.sorted() != wanted.sorted() {
            differences.append("\(path): shown as \(shown), the server has \(wanted)")
        }
        return differences
    }

    /// A message in few words: its number, the rest of what tells it apart from others, its flags.
    private static func text(_ bytes: [UInt8], _ flags: Set<String>) -> String {
        let digest = bytes.reduce(into: UInt32(7)) { $0 = $0 &* 31 &+ UInt32($1) }
        return "\(Letter.number(bytes))(\(bytes.count),\(digest % 1_000))\(flags.sorted().joined())"
    }

    private static func text(_ message: MessageSummary) -> String {
        "\(String(decoding: message.name, as: UTF8.self))#\(message.id.rawValue)"
            + "/\(message.uid.map { "\($0)" } ?? "-")\(message.flags.names.joined()) \(message.standing)"
    }
}
