internal import MailModel
internal import MailQuery
internal import Synchronization

/// What tells which messages a directory of links leads to.
protocol MessageSelection: Sendable {
    /// In any order.
    ///
    /// - Throws: `Errno`.
    func messages(of account: any ViewedAccount) async throws -> [FoundMessage]
}

extension Query: MessageSelection {
    func messages(of account: any ViewedAccount) async throws -> [FoundMessage] { try await account.found(self) }
}

/// The links to the messages of a selection, computed again when something in the account has changed.
///
/// A link has its message's name; one that is taken gets a number, as in a folder (`x.eml`, `x-2.eml`). As long as a message is in it it keeps the
/// name that it was given first, so that names stay while a directory is open.
final class MessageLinks: Sendable {
    struct Links: Sendable {
        /// In the order of the messages.
        var ordered: [(name: [UInt8], link: ViewLink)] = []
        var places: [[UInt8]: Int] = [:]
    }

    private struct State {
        var links: Links?
        /// Of the account, and when, seconds since 1970, `links` were asked for.
        var changes: UInt64 = 0
        var time: Int64 = 0
        var given: [MessageID: [UInt8]] = [:]
        var modified: Int64
    }

    private let selection: any MessageSelection
    private let depth: Int
    /// Seconds.
    private let patience: Int64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - depth: directories from the root of the mount down to the one that the links are in.
    ///   - patience: as of ``LinkDirectory``.
    init(_ selection: any MessageSelection, depth: Int, modified: Int64, patience: Int64 = 0) {
        self.selection = selection
        self.patience = patience
        self.depth = depth
        state = Mutex(State(modified: modified))
    }

    /// When a link came or went last, seconds since 1970.
    var modified: Int64 { state.withLock { $0.modified } }

    /// - Parameter isNew: who lists them is not told what was true a while ago.
    func links(in account: any ViewedAccount, isNew: Bool = false) async throws -> Links {
        // Read before: what changes meanwhile makes the answer old at once.
        let (changes, now) = (account.changes, account.currentTime)
        let known = state.withLock { state in
            let (age, isSame) = (now - state.time, state.changes == changes)
            return (isNew ? isSame && age == 0 : isSame || (0..<patience).contains(age)) ? state.links : nil
        }
        if let known { return known }
        let found = try await selection.messages(of: account).sorted { $0.id < $1.id }
        return state.withLock { state in
            let before = state.given.count
            let (links, given) = name(found, state.given, changes)
            if given != state.given, before > 0 || state.links != nil { state.modified = now }
            state.given = given
            state.links = links
            state.changes = changes
            state.time = now
            return links
        }
    }

    private func name(
        _ messages: [FoundMessage], _ before: [MessageID: [UInt8]], _ changes: UInt64
    ) -> (links: Links, given: [MessageID: [UInt8]]) {
        var given: [MessageID: [UInt8]] = [:]
        var taken: Set<[UInt8]> = []
        for message in messages {
            guard let name = before[message.id] else { continue }
            given[message.id] = name
            taken.insert(name)
        }
        var links = Links()
        for message in messages {
            guard let own = message.path.last else { continue }
            let name = given[message.id] ?? Self.free(own, &taken)
            given[message.id] = name
            links.places[name] = links.ordered.count
            links.ordered.append(
                (
                    name,
                    ViewLink(
                        target: ViewLink.target(depth: depth, path: message.path), modified: message.modified,
                        message: message.id, changes: changes)
                ))
        }
        return (links, given)
    }

    private static func free(_ name: [UInt8], _ taken: inout Set<[UInt8]>) -> [UInt8] {
        if taken.insert(name).inserted { return name }
        let suffix = Array(".eml".utf8)
        let stem = name.count > 4 && name.suffix(4).elementsEqual(suffix) ? Array(name.dropLast(4)) : name
        var number = 2
        while true {
            let ending = Array("-\(number)".utf8) + name.dropFirst(stem.count)
            // Never longer than a file name can be; cut between characters.
            var cut = stem.prefix(max(0, 255 - ending.count))
            while cut.count < stem.count, let next = stem.dropFirst(cut.count).first, next & 0xC0 == 0x80, !cut.isEmpty
            {
                cut.removeLast()
            }
            let candidate = Array(cut) + ending
            if taken.insert(candidate).inserted { return candidate }
            number += 1
        }
    }
}
