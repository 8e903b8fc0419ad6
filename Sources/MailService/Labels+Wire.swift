internal import IMAPCodec
internal import IMAPValue
internal import MailModel

extension Labels {
    /// Labels as a server sends them; what cannot be decoded is left out.
    init(wire raw: [[UInt8]]) { self.init(raw.compactMap(MailboxName.decode)) }

    /// As the server spells them.
    ///
    /// - Parameter usesUTF8: after UTF8=ACCEPT (RFC 6855).
    func wire(usesUTF8: Bool) -> [[UInt8]] {
        names.map { usesUTF8 ? Array($0.utf8) : ModifiedUTF7.encode($0) }
    }
}

extension AccountFacts {
    /// The folders in which messages with these labels are, as far as they are shown in IMAP.
    func folders(of labels: Labels, usesUTF8: Bool) -> [Folder] {
        let raw = Set(labels.wire(usesUTF8: usesUTF8))
        return folders.filter { folder in
            if raw.contains(folder.rawName) { return true }
            if folder.isInbox { return labels.contains(#"\Inbox"#) }
            return folder.specialUse.flatMap(Self.label).map(labels.contains) ?? false
        }
    }

    /// The label whose folder has this use.
    private static func label(_ use: SpecialUse) -> String? {
        switch use {
        case .drafts: #"\Draft"#
        case .flagged: #"\Starred"#
        case .important: #"\Important"#
        case .junk: #"\Spam"#
        case .sent: #"\Sent"#
        case .trash: #"\Trash"#
        case .all, .archive: nil
        }
    }
}
