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

    /// Labels without a folder in IMAP.
    private static let folderless = [#"\Important"#, #"\Muted"#]
    private static let uses = [
        "\\Drafts": #"\Draft"#, "\\Flagged": #"\Starred"#, "\\Sent": #"\Sent"#, "\\Junk": #"\Spam"#,
        "\\Trash": #"\Trash"#,
    ]

    private static func label(_ folder: Folder) -> [UInt8]? {
        if folder.name == .inbox { return [UInt8](#"\Inbox"#.utf8) }
        if let use = folder.specialUse { return uses[use].map { [UInt8]($0.utf8) } }
        return folder.name.bytes
    }

    /// What X-GM-LABELS has of a message: the label of the folder itself is not told.
    func labels(of emailID: UInt64, in id: Int) -> [[UInt8]] {
        let placed = folders.filter { $0.id != id && $0.messages.contains { $0.emailID == emailID } }
        return placed.compactMap(Self.label) + (folderlessLabels[emailID] ?? []).map { [UInt8]($0.utf8) }
    }

    mutating func give(_ labels: [[UInt8]], to message: StoredMessage, in id: Int) {
        for label in labels {
            let text = String(decoding: label, as: UTF8.self)
            if Self.folderless.contains(text) {
                if !(folderlessLabels[message.emailID] ?? []).contains(text) {
                    folderlessLabels[message.emailID, default: []].append(text)
                }
                continue
            }
            if !text.hasPrefix("\\"), folder(Name(label))?.isSelectable != true { create(Name(label)) }
            guard let target = folders.first(where: { Self.label($0) == label }), target.id != id else { continue }
            copy([message.uid], from: id, to: target.id)
        }
        relabelled(message.emailID)
    }

    /// The label of the selected folder is not taken away.
    mutating func take(_ labels: [[UInt8]], from message: StoredMessage, in id: Int) {
        folderlessLabels[message.emailID]?.removeAll { labels.contains([UInt8]($0.utf8)) }
        for other in folders where other.id != id && Self.label(other).map(labels.contains) == true {
            guard let uid = labelled(message.emailID, in: other.id) else { continue }
            change(id: other.id) { $0.expunge([uid]) }
        }
        relabelled(message.emailID)
    }

    /// A change of labels counts as a change of the message, in each of its folders.
    private mutating func relabelled(_ emailID: UInt64) {
        for other in folders {
            guard let uid = labelled(emailID, in: other.id) else { continue }
            change(id: other.id) { $0.touch(uid) }
        }
    }

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
    /// The server is another one for who connects from now on.
    public func configure(_ change: (inout ServerConfiguration) -> Void) {
        monitor.withLock { change(&$0.configuration) }
    }

    /// Labels as they are told of a message in a folder, as on the wire.
    public func labels(of uid: UInt32, in folder: String) -> [String] {
        monitor.withLock { state in
            guard let home = state.mail.folder(Name(folder)), let message = home.message(uid) else { return [] }
            return state.mail.labels(of: message.emailID, in: home.id).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// What another client does.
    public func changeLabels(of uid: UInt32, in folder: String, giving given: [String], taking taken: [String]) {
        monitor.withLock { state in
            guard let home = state.mail.folder(Name(folder)), let message = home.message(uid) else { return }
            state.mail.take(taken.map { [UInt8]($0.utf8) }, from: message, in: home.id)
            state.mail.give(given.map { [UInt8]($0.utf8) }, to: message, in: home.id)
            state.wakeAll()
        }
    }

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
