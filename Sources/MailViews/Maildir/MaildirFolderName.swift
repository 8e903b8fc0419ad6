internal import MailModel

/// The names of folders in a Maildir++: `.Archive.2024` for `Archive/2024`, nothing for INBOX.
///
/// `.` stands between the levels; one in a name is `%2E`, and `%` is `%25`. Names are UTF-8, as everywhere in the mount.
enum MaildirFolderName {
    private static let dot = UInt8(ascii: ".")
    static let inbox = Array("INBOX".utf8)
    /// Octets of a name, so that there is room for nothing more (`NAME_MAX`).
    private static let limit = 255

    static func isInbox(_ path: [[UInt8]]) -> Bool { path == [inbox] }

    /// - Parameter path: the folder's components. One that would be too long is cut between characters and ends in `%~` and its number,
    ///   with as many `~` as fill it up: no name that ``path(_:)`` reads, it has to be looked for among all.
    static func shown(_ path: [[UInt8]], _ id: FolderID) -> [UInt8] {
        let name = path.flatMap { [dot] + MaildirEscape.folder.shown($0) }
        guard name.count > limit else { return name }
        let number = Array("\(id.rawValue)".utf8)
        var shown = Array(name.prefix(limit - 2 - number.count))
        while let next = name.dropFirst(shown.count).first, next & 0xC0 == 0x80 { shown.removeLast() }
        shown.append(UInt8(ascii: "%"))
        while shown.count + number.count < limit { shown.append(UInt8(ascii: "~")) }
        return shown + number
    }

    static func isShortened(_ name: [UInt8]) -> Bool {
        name.count == limit && name.suffix(24).contains(UInt8(ascii: "~"))
    }

    /// The components of the folder that is shown so; nil where none can be.
    static func path(_ name: [UInt8]) -> [[UInt8]]? {
        guard name.first == dot, name.count <= limit else { return nil }
        var path: [[UInt8]] = []
        for part in name.dropFirst().split(separator: dot, omittingEmptySubsequences: false) {
            guard !part.isEmpty, let component = MaildirEscape.folder.read(part) else { return nil }
            if component == [dot] || component == [dot, dot] { return nil }
            path.append(component)
        }
        return isInbox(path) ? nil : path
    }

    /// Directories that programs make beside mail and that are their own: no folders.
    static func isOfProgram(_ name: [UInt8]) -> Bool {
        let own = [".notmuch", ".mu", ".git", ".nnmaildir", ".xapian"]
        return own.contains { name.elementsEqual($0.utf8) } || name.starts(with: ".Trash-".utf8)
    }
}
