public import MailModel

/// How many messages a mount deletes within a minute by itself. What is asked for beyond that is held until somebody has looked at it.
///
/// What is held counts like the rest: as long as a program goes on at that pace, all that it deletes is held.
///
/// ```swift
/// var limit = DeletionLimit(.messages(2))
/// limit.holds(deletionIn: inbox, at: 0) { 9 }  // false; the third within a minute is held
/// ```
public struct DeletionLimit: Hashable, Sendable {
    public enum Rule: Hashable, Sendable {
        /// `mostMessages` of the account, and half of a folder of more than `smallFolder`.
        case standard
        /// So many messages of the account; 0: none at all. Folders are not looked at.
        case messages(Int)
        case off
    }

    /// Of the account within a minute.
    public static let mostMessages = 1_000
    /// A folder of so many messages may be emptied at once.
    public static let smallFolder = 100
    /// Seconds.
    public static let window: Int64 = 60

    public let rule: Rule
    private var seconds: [Second] = []
    private var total = 0
    private var folders: [FolderID: Recent] = [:]

    /// What was asked for in one second.
    private struct Second: Hashable {
        let time: Int64
        var folders: [FolderID: Int] = [:]
    }

    /// What was asked for of one folder within the window.
    private struct Recent: Hashable {
        var count = 0
        /// It is looked at when so many were asked for.
        var look = DeletionLimit.smallFolder / 2 + 1
        /// The messages left, where more than half are gone.
        var left: Int?

        /// Whether more than half are gone of what is large enough for that to matter.
        func exceeds(left: Int) -> Bool { count > left && count + left > DeletionLimit.smallFolder }
    }

    public init(_ rule: Rule) { self.rule = rule }

    /// A message is to be deleted.
    ///
    /// - Parameters:
    ///   - now: seconds since any moment; a time that goes back is taken for one that stands.
    ///   - shown: how many messages the folder shows, this one too. Not asked each time.
    /// - Returns: whether it is held.
    public mutating func holds(
        deletionIn folder: FolderID, at now: Int64, shown: () throws -> Int
    ) rethrows -> Bool {
        if rule == .off { return false }
        note(folder, at: max(now, seconds.last?.time ?? now))
        if case .messages(let most) = rule { return total > most }
        if total > Self.mostMessages { return true }
        guard var recent = folders[folder] else { return false }
        defer { folders[folder] = recent }
        if let left = recent.left {
            recent.left = left - 1
            if recent.exceeds(left: left - 1) { return true }
            recent.left = nil
        } else if recent.count < recent.look {
            return false
        }
        let left = max(try shown() - 1, 0)
        if recent.exceeds(left: left) {
            recent.left = left
            return true
        }
        // Others may take messages out of it meanwhile.
        recent.look = max(recent.count + 1, min((recent.count + left) / 2 + 1, 2 * recent.count))
        return false
    }

    private mutating func note(_ folder: FolderID, at now: Int64) {
        let gone = seconds.prefix { now - $0.time >= Self.window }
        seconds.removeFirst(gone.count)
        for (folder, count) in gone.lazy.flatMap(\.folders) {
            total -= count
            let rest = (folders[folder]?.count ?? 0) - count
            folders[folder] = rest > 0 ? Recent(count: rest, left: folders[folder]?.left) : nil
        }
        if seconds.last?.time != now { seconds.append(Second(time: now)) }
        seconds[seconds.count - 1].folders[folder, default: 0] += 1
        total += 1
        folders[folder, default: Recent()].count += 1
    }
}
