// Gmail's mail is labels: a message is once in the account, and in the folder of each of its labels. All that have one are in All Mail;
// what comes to Trash or Spam loses them, and is in no other folder.
extension Mail {
    private static let exclusive = ["\\Trash", "\\Junk"]

    /// The copy that a folder has of a message: nothing comes to a label twice.
    func labelled(_ emailID: UInt64, in id: Int) -> UInt32? {
        guard isGmail else { return nil }
        return folder(id: id)?.messages.first { $0.emailID == emailID }?.uid
    }

    /// Whether an expunge takes messages out of a folder. Out of All Mail nothing goes but by way of Trash.
    func expunges(in id: Int) -> Bool { !isGmail || folder(id: id)?.specialUse != "\\All" }

    /// Brings all folders into line with what came to one.
    mutating func label(_ uids: [UInt32], in id: Int) {
        guard isGmail, let home = folder(id: id) else { return }
        let arrived = uids.compactMap { home.message($0) }
        let isExclusive = Self.exclusive.contains(home.specialUse ?? "")
        for other in folders where other.id != id {
            let holds = isExclusive || Self.exclusive.contains(other.specialUse ?? "")
            let leaving = holds ? other.messages.filter { old in arrived.contains { $0.emailID == old.emailID } } : []
            change(id: other.id) { $0.expunge(Set(leaving.map(\.uid))) }
        }
        guard !isExclusive, let all = folders.first(where: { $0.specialUse == "\\All" }), all.id != id else { return }
        for message in arrived where labelled(message.emailID, in: all.id) == nil {
            _ = change(id: all.id) {
                $0.append(
                    message.bytes, flags: message.flags.filter { $0 != "\\Deleted" },
                    internalDate: message.internalDate, emailID: message.emailID)
            }
        }
    }
}

extension ServerConfiguration {
    /// What Gmail claims, and how it behaves.
    public static let gmail = ServerConfiguration(capabilities: [
        "IMAP4rev1", "UNSELECT", "IDLE", "NAMESPACE", "QUOTA", "ID", "X-GM-EXT-1", "UIDPLUS", "ENABLE", "MOVE",
        "CONDSTORE",
        "ESEARCH", "LIST-EXTENDED", "LIST-STATUS", "LITERAL-", "SPECIAL-USE", "APPENDLIMIT",
    ])
}

extension InMemoryServer {
    /// The folders of an account at Gmail.
    public func createGmailFolders() {
        createFolder("[Gmail]", attributes: ["\\Noselect"])
        for (name, use) in [
            ("All Mail", "\\All"), ("Drafts", "\\Drafts"), ("Sent Mail", "\\Sent"), ("Spam", "\\Junk"),
            ("Starred", "\\Flagged"), ("Trash", "\\Trash"),
        ] { createFolder("[Gmail]/\(name)", specialUse: use) }
        monitor.withLock { state in
            for folder in state.mail.folders { state.mail.label(folder.uids, in: folder.id) }
        }
    }
}
