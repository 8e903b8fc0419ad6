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
    /// Parents stand before their children.
    ///
    /// A name whose parent was not listed gets that parent as a directory which holds no messages.
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
        for folder in listed where !folder.rawName.isEmpty { add(folder) }
        for folder in listed {
            guard let separator = folder.separator else { continue }
            var name = folder.rawName[...]
            if name.last == separator { name = name.dropLast() }
            while let cut = name.lastIndex(of: separator), cut > name.startIndex {
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
}
