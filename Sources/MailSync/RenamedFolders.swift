public import IMAPValue
public import MailModel

/// Which folders another client renamed, where no MAILBOXID tells: LIST has a name no more and another for the first time, and what the
/// server says of that one is what was known of the folder.
///
/// Many servers give each mailbox a UIDVALIDITY of its own, and RENAME keeps it; none has to (RFC 3501 section 2.3.1.1). So it is a
/// strong suspicion, and the messages are to be compared before one is taken for what it was.
public struct RenamedFolders: Hashable, Sendable {
    /// A stored folder that LIST does not have.
    public struct Missing: Hashable, Sendable {
        public var folder: Folder
        /// nil where its messages were never listed.
        public var cursor: FolderCursor?
        /// How many messages are stored of it.
        public var messages: Int

        public init(folder: Folder, cursor: FolderCursor?, messages: Int) {
            self.folder = folder
            self.cursor = cursor
            self.messages = messages
        }
    }

    /// The old name by the new one.
    public private(set) var oldNames: [[UInt8]: [UInt8]] = [:]

    /// - Parameters:
    ///   - present: the UIDVALIDITYs of the folders that LIST has as before.
    ///   - appeared: folders that LIST has and the store has not.
    ///   - statuses: what STATUS says of those, by name.
    public init(
        missing: [Missing], present: Set<UIDValidity>, appeared: [ListedFolder], statuses: [[UInt8]: PolledStatus]
    ) {
        var byValidity: [UIDValidity: [Missing]] = [:]
        for one in missing where one.folder.isSelectable {
            if let cursor = one.cursor, cursor.isListed { byValidity[cursor.uidValidity, default: []].append(one) }
        }
        // Two that could be the same one are neither.
        var found: [[UInt8]: [ListedFolder]] = [:]
        for listed in appeared {
            guard let status = statuses[listed.rawName], let validity = status.uidValidity,
                let old = Self.choose(
                    byValidity[validity] ?? [], listed, status, isUnique: !present.contains(validity))
            else { continue }
            found[old.folder.rawName, default: []].append(listed)
        }
        for (old, listed) in found where listed.count == 1 { oldNames[listed[0].rawName] = old }
        follow(missing, appeared, statuses)
    }

    /// The one of those with the same UIDVALIDITY that a listed folder was; nil where that cannot be told.
    private static func choose(
        _ alike: [Missing], _ listed: ListedFolder, _ status: PolledStatus, isUnique: Bool
    ) -> Missing? {
        guard let next = status.uidNext?.rawValue, let count = status.messages else { return nil }
        var possible = alike.filter { ($0.cursor?.uidNext ?? .max) <= next }
        if possible.count > 1 {
            for isNearer in [
                { (one: Missing) in one.cursor?.uidNext == next && one.messages == Int(count) },
                { (one: Missing) in
                    Self.leaf(one.folder.rawName, one.folder.separator) == Self.leaf(listed.rawName, listed.separator)
                },
            ] where possible.count > 1 {
                let nearer = possible.filter(isNearer)
                if !nearer.isEmpty { possible = nearer }
            }
        }
        guard possible.count == 1, let one = possible.first else { return nil }
        if one.messages > 0, count > 0 { return one }
        // No message will tell: the numbers have to.
        return isUnique && alike.count == 1 && one.cursor?.uidNext == next && next > 1 ? one : nil
    }

    /// A rename takes along what lies below, and what lies above is renamed where all of a path but its beginning stays.
    private mutating func follow(
        _ missing: [Missing], _ appeared: [ListedFolder], _ statuses: [[UInt8]: PolledStatus]
    ) {
        guard !oldNames.isEmpty else { return }
        let separators = Dictionary(
            appeared.map { ($0.rawName, $0.separator) }, uniquingKeysWith: { first, _ in first })
        var prefixes: [[UInt8]: [UInt8]] = [:]
        for (new, old) in oldNames.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            guard let separator = separators[new] ?? nil else { continue }
            var (above, below) = (old[...], new[...])
            while prefixes[Array(below)] == nil {
                prefixes[Array(below)] = Array(above)
                guard let left = above.lastIndex(of: separator), let right = below.lastIndex(of: separator),
                    above[left...] == below[right...]
                else { break }
                (above, below) = (above[..<left], below[..<right])
            }
        }
        var open = Dictionary(missing.map { ($0.folder.rawName, $0) }, uniquingKeysWith: { first, _ in first })
        for old in oldNames.values { open[old] = nil }
        for listed in appeared where oldNames[listed.rawName] == nil {
            guard let old = Self.oldName(of: listed, prefixes), let one = open[old] else { continue }
            let told = statuses[listed.rawName]?.uidValidity
            if let cursor = one.cursor, cursor.uidValidity != told { continue }
            oldNames[listed.rawName] = old
            open[old] = nil
        }
    }

    private static func oldName(of listed: ListedFolder, _ prefixes: [[UInt8]: [UInt8]]) -> [UInt8]? {
        var above = listed.rawName[...]
        while true {
            if let old = prefixes[Array(above)] { return old + listed.rawName[above.endIndex...] }
            guard let separator = listed.separator, let cut = above.lastIndex(of: separator) else { return nil }
            above = above[..<cut]
        }
    }

    private static func leaf(_ name: [UInt8], _ separator: UInt8?) -> ArraySlice<UInt8> {
        separator.flatMap { name.lastIndex(of: $0) }.map { name[($0 + 1)...] } ?? name[...]
    }
}

extension Folder {
    /// Whether the server can be asked for its messages.
    fileprivate var isSelectable: Bool { holdsMessages && !attributes.contains(.pending) }
}
