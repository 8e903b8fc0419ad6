internal import IMAPValue
internal import MailModel

/// The flags behind `:2,` in the name of a message in a Maildir.
struct MaildirFlags: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let draft = MaildirFlags(rawValue: 1)
    static let flagged = MaildirFlags(rawValue: 2)
    /// `$Forwarded` (RFC 5788): resent, forwarded or bounced.
    static let passed = MaildirFlags(rawValue: 4)
    static let replied = MaildirFlags(rawValue: 8)
    static let seen = MaildirFlags(rawValue: 16)
    /// To be removed. It stands for nothing of the server's: a message that is `\Deleted` there is shown nowhere in the mount.
    static let trashed = MaildirFlags(rawValue: 32)

    /// In the order of names, which is that of US-ASCII.
    private static let letters: [(flag: MaildirFlags, letter: UInt8)] = [
        (.draft, UInt8(ascii: "D")), (.flagged, UInt8(ascii: "F")), (.passed, UInt8(ascii: "P")),
        (.replied, UInt8(ascii: "R")), (.seen, UInt8(ascii: "S")), (.trashed, UInt8(ascii: "T")),
    ]

    private static let system: [(flag: MaildirFlags, system: Flags.System)] = [
        (.draft, .draft), (.flagged, .flagged), (.replied, .answered), (.seen, .seen),
    ]

    private static let forwarded = "$Forwarded"

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ flags: Flags) {
        self = []
        for (flag, system) in Self.system where flags.system.contains(system) { insert(flag) }
        if flags.keywords.contains(where: { $0.lowercased() == Self.forwarded.lowercased() }) { insert(.passed) }
    }

    /// From letters in any order; those that are not known are passed over.
    init(letters: some Sequence<UInt8>) {
        self = []
        for letter in letters {
            if let known = Self.letters.first(where: { $0.letter == letter }) { insert(known.flag) }
        }
    }

    var text: [UInt8] { Self.letters.compactMap { contains($0.flag) ? $0.letter : nil } }

    /// As the server has them.
    private var flags: Flags {
        var system: Flags.System = []
        for (flag, known) in Self.system where contains(flag) { system.insert(known) }
        return Flags(system: system, keywords: contains(.passed) ? [Self.forwarded] : [])
    }

    /// What has to change on the server for a name with these flags to become one with others: only the difference, so that what
    /// others set meanwhile stays.
    func changes(to new: MaildirFlags) -> [FlagChange] {
        let (added, removed) = (new.subtracting(self).flags, subtracting(new).flags)
        return (added.names.isEmpty ? [] : [.add(added)]) + (removed.names.isEmpty ? [] : [.remove(removed)])
    }
}
