extension Session {
    /// Tells what has changed in the selected folder since this session was told last.
    ///
    /// - Parameter expunges: whether sequence numbers may move now (RFC 3501 section 7.4.1).
    mutating func update(_ state: inout ServerState, _ answer: inout Answer, expunges: Bool) {
        guard var selected, !selected.isLost else { return }
        guard let folder = state.mail.folder(id: selected.folder), folder.uidValidity == selected.uidValidity,
            folder.isSelectable
        else { return lose(&selected, state, &answer, expunges: expunges) }
        let hasExpunges = selected.vanishedTold < folder.vanished.count
        if folder.revision == selected.revision, !(expunges && hasExpunges) { return }

        if expunges {
            tellExpunged(folder.vanished[selected.vanishedTold...].map(\.uid).sorted(), &selected, &answer)
            selected.vanishedTold = folder.vanished.count
        }

        let firstNew = folder.position(atOrAfter: selected.uidNext)
        let new = folder.messages[firstNew...].map(\.uid)
        if !new.isEmpty {
            selected.view += new
            answer.add("\(selected.view.count) EXISTS")
            answer.add("0 RECENT")
        }
        for uid in Set(folder.flagged[selected.flaggedTold...].map(\.uid)).sorted() {
            guard uid < selected.uidNext, let position = selected.view.position(of: uid),
                let message = folder.message(uid), selected.told[uid] != message.modSeq
            else { continue }
            answer.add("\(position + 1) FETCH (\(flagItems(message)))")
        }
        selected.flaggedTold = folder.flagged.count
        selected.told = [:]
        selected.uidNext = folder.uidNext
        selected.revision = folder.revision
        self.selected = selected
        if !new.isEmpty, let items = notification?.newMessageItems {
            send(items, of: new, &state, &answer)
        }
    }

    /// FLAGS, with what RFC 7162 wants to go along.
    func flagItems(_ message: StoredMessage) -> String {
        let flags = "FLAGS (\(message.flags.joined(separator: " ")))"
        if qresync { return "UID \(message.uid) \(flags) MODSEQ (\(message.modSeq))" }
        return condstore ? "\(flags) MODSEQ (\(message.modSeq))" : flags
    }

    /// - Parameter uids: ascending; those that this session never saw are passed over.
    private func tellExpunged(_ uids: [UInt32], _ selected: inout Selected, _ answer: inout Answer) {
        let gone = uids.filter { selected.view.position(of: $0) != nil }
        if gone.isEmpty { return }
        if qresync { answer.add("VANISHED \(NumberSet.text(gone))") }
        for (before, uid) in gone.enumerated() {
            guard !qresync, let position = selected.view.position(of: uid) else { continue }
            answer.add("\(position + 1 - before) EXPUNGE")
        }
        let set = Set(gone)
        if gone.count < 64 {
            for uid in gone {
                if let position = selected.view.position(of: uid) { selected.view.remove(at: position) }
            }
        } else {
            selected.view.removeAll { set.contains($0) }
        }
    }

    private mutating func lose(
        _ selected: inout Selected, _ state: ServerState, _ answer: inout Answer, expunges: Bool
    ) {
        switch state.configuration.folderLost {
        case .disconnect:
            answer.add("BYE The selected folder is gone")
            answer.completion = nil
            answer.closesAfterwards = true
            self.selected = nil
        case .expunge:
            guard expunges else { return }
            tellExpunged(selected.view, &selected, &answer)
            selected.isLost = true
            self.selected = selected
        }
    }

    /// What is to be sent without a command; nil where there is nothing.
    mutating func push(_ state: inout ServerState, idling: Bool) -> Answer? {
        var answer = Answer(command: "")
        if idling {
            update(&state, &answer, expunges: true)
        } else if let notification, notification.watchesSelected {
            update(&state, &answer, expunges: !notification.delaysSelected)
        }
        notify(&state, &answer)
        return answer.untagged.isEmpty ? nil : answer
    }
}
