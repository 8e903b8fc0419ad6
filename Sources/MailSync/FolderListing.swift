public import IMAPValue
public import MailModel

/// One line of LIST, as far as it matters here.
public struct ListedFolder: Hashable, Sendable {
    public var rawName: [UInt8]
    public var separator: UInt8?
    public var attributes: Folder.Attributes
    public var specialUse: SpecialUse?
    public var mailboxID: [UInt8]?

    public init(
        rawName: [UInt8], separator: UInt8?, attributes: Folder.Attributes, specialUse: SpecialUse?,
        mailboxID: [UInt8]?
    ) {
        self.rawName = rawName
        self.separator = separator
        self.attributes = attributes
        self.specialUse = specialUse
        self.mailboxID = mailboxID
    }

    /// Whether the name is INBOX in any case (RFC 3501 section 5.1).
    public var isInbox: Bool { Self.isInbox(rawName) }

    public static func isInbox(_ name: some Collection<UInt8>) -> Bool {
        name.count == 5 && name.map { $0 & 0xDF } == Array("INBOX".utf8)
    }
}

/// A clean list of folders from what LIST said: duplicates merged, one INBOX, and the directories between.
public enum FolderListing {
    /// A name of more levels is one name, its separators part of it.
    static let mostLevels = 100
    /// So is every further one when so many levels have been seen, or so many octets of names above others: what a hostile list costs
    /// stays in proportion to what was sent.
    static let mostLevelsInAll = 200_000
    static let mostOctetsAbove = 8 << 20

    /// Parents stand before their children.
    ///
    /// A name whose parent was not listed gets that parent as a directory which holds no messages; the parent of a name that begins
    /// with the separator is the empty name.
    public static func complete(_ listed: [ListedFolder]) -> [ListedFolder] {
        var byName: [[UInt8]: ListedFolder] = [:]
        var order: [[UInt8]] = []
        func add(_ folder: ListedFolder) {
            let key = folder.isInbox ? Array("INBOX".utf8) : folder.rawName
            if var known = byName[key] {
                // Two lines for one name: what one of them knows is known.
                known.specialUse = known.specialUse ?? folder.specialUse
                known.mailboxID = known.mailboxID ?? folder.mailboxID
                known.separator = known.separator ?? folder.separator
                known.attributes.formIntersection(folder.attributes)
                byName[key] = known
            } else {
                byName[key] = folder
                order.append(key)
            }
        }
        let listed = bounded(listed.map(directory)).filter { !$0.rawName.isEmpty }
        for folder in listed { add(folder) }
        for folder in listed {
            guard let separator = folder.separator else { continue }
            var name = folder.rawName[...]
            while let cut = name.lastIndex(of: separator) {
                name = name[..<cut]
                let key = ListedFolder.isInbox(name) ? Array("INBOX".utf8) : Array(name)
                guard byName[key] == nil else { continue }
                add(
                    ListedFolder(
                        rawName: Array(name), separator: separator, attributes: .nonExistent, specialUse: nil,
                        mailboxID: nil))
            }
        }
        return order.compactMap { byName[$0] }.sorted { left, right in
            left.rawName.count != right.rawName.count
                ? left.rawName.count < right.rawName.count : left.rawName.lexicographicallyPrecedes(right.rawName)
        }
    }

    /// `a/` that holds no messages is how some servers write the directory `a`, as CREATE does (RFC 3501 section 6.3.3).
    private static func directory(_ folder: ListedFolder) -> ListedFolder {
        guard let separator = folder.separator, folder.rawName.last == separator, folder.rawName.count > 1,
            !folder.attributes.isDisjoint(with: [.noSelect, .nonExistent])
        else { return folder }
        var folder = folder
        folder.rawName.removeLast()
        return folder
    }

    private static func bounded(_ listed: [ListedFolder]) -> [ListedFolder] {
        var levelsInAll = 0
        var octetsAbove = 0
        return listed.map { folder in
            guard let separator = folder.separator else { return folder }
            let levels = folder.rawName.count { $0 == separator }
            let above = levels * folder.rawName.count / 2
            guard levels > mostLevels || levelsInAll + levels > mostLevelsInAll || octetsAbove + above > mostOctetsAbove
            else {
                levelsInAll += levels
                octetsAbove += above
                return folder
            }
            var folder = folder
            folder.separator = nil
            return folder
        }
    }
}
