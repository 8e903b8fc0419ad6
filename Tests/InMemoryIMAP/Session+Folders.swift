extension Session {
    func status(_ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer) throws(Refusal) {
        let name = try arguments.name()
        let items = try arguments.list().atoms()
        try arguments.end()
        guard let folder = state.mail.folder(name), folder.isSelectable else {
            throw .no("[NONEXISTENT] No such folder")
        }
        try answer.untagged.append(statusLine(folder, items, state))
    }

    func statusLine(_ folder: Folder, _ items: [String], _ state: ServerState) throws(Refusal) -> [UInt8] {
        var values: [String] = []
        for item in items {
            let item = item.uppercased()
            switch item {
            case "MESSAGES": values.append("MESSAGES \(folder.messages.count)")
            case "RECENT": values.append("RECENT 0")
            case "UIDNEXT": values.append("UIDNEXT \(folder.uidNext)")
            case "UIDVALIDITY": values.append("UIDVALIDITY \(folder.uidValidity)")
            case "UNSEEN": values.append("UNSEEN \(folder.messages.count { !$0.has("\\Seen") })")
            case "DELETED": values.append("DELETED \(folder.messages.count { $0.has("\\Deleted") })")
            case "SIZE" where state.offers("STATUS=SIZE"):
                values.append("SIZE \(folder.messages.reduce(0) { $0 + $1.bytes.count })")
            case "HIGHESTMODSEQ" where state.offers("CONDSTORE"):
                values.append("HIGHESTMODSEQ \(folder.highestModSeq)")
            case "MAILBOXID" where state.offers("OBJECTID"): values.append("MAILBOXID (F\(folder.id))")
            case "APPENDLIMIT" where state.offers("APPENDLIMIT"):
                values.append("APPENDLIMIT \(state.configuration.largestMessage)")
            default: throw .bad("Unknown STATUS item \(item)")
            }
        }
        return [UInt8]("* STATUS ".utf8) + Wire.string(folder.name.bytes, style: state.configuration.nameStyle)
            + [UInt8](" (\(values.joined(separator: " ")))\r\n".utf8)
    }

    /// A name that may be given to a folder.
    private func newName(_ bytes: [UInt8], _ state: ServerState) throws(Refusal) -> Name {
        var bytes = bytes
        if let separator = state.mail.separator {
            if bytes.last == separator { bytes.removeLast() }
            if bytes.split(separator: separator, omittingEmptySubsequences: false).contains(where: \.isEmpty) {
                throw .no("[CANNOT] Empty component in a name")
            }
        }
        let name = Name(bytes)
        if bytes.isEmpty || !name.isModifiedUTF7 || bytes.contains(where: { "%*".utf8.contains($0) }) {
            throw .no("[CANNOT] Invalid name")
        }
        return name
    }

    func create(_ arguments: inout Arguments, _ state: inout ServerState) throws(Refusal) {
        let name = try newName(try arguments.astring(), state)
        var use: String?
        if !arguments.isAtEnd {
            try require("CREATE-SPECIAL-USE", state)
            var options = Arguments(try arguments.list())
            guard options.take("USE") else { throw .bad("Unknown CREATE option") }
            let uses = try options.list().atoms()
            guard uses.count == 1 else { throw .no("[USEATTR] One special use only") }
            use = uses[0]
        }
        try arguments.end()
        if state.mail.folder(name)?.isSelectable == true { throw .no("[ALREADYEXISTS] There is such a folder") }
        state.mail.create(name, specialUse: use)
    }

    func delete(_ arguments: inout Arguments, _ state: inout ServerState) throws(Refusal) {
        let name = try arguments.name()
        try arguments.end()
        if name == .inbox { throw .no("[CANNOT] INBOX stays") }
        guard let folder = state.mail.folder(name) else { throw .no("[NONEXISTENT] No such folder") }
        if !folder.isSelectable, state.mail.hasChildren(name) { throw .no("[HASCHILDREN] There are folders below") }
        try refuseSelected(name, state)
        state.mail.delete(name)
    }

    func rename(_ arguments: inout Arguments, _ state: inout ServerState) throws(Refusal) {
        let name = try arguments.name()
        let new = try newName(try arguments.astring(), state)
        try arguments.end()
        guard state.mail.folder(name) != nil else { throw .no("[NONEXISTENT] No such folder") }
        if state.mail.folder(new) != nil { throw .no("[ALREADYEXISTS] There is such a folder") }
        if new.isBelow(name, separator: state.mail.separator), name != .inbox {
            throw .no("[CANNOT] A folder cannot be below itself")
        }
        try refuseSelected(name, state)
        state.mail.rename(name, to: new)
    }

    /// As Courier does.
    private func refuseSelected(_ name: Name, _ state: ServerState) throws(Refusal) {
        guard state.configuration.refusesSelectedFolder, let selected,
            let own = state.mail.folder(id: selected.folder)?.name
        else { return }
        if own == name || own.isBelow(name, separator: state.mail.separator) {
            throw .no("Cannot do that to the currently-open folder.")
        }
    }

    func subscribe(_ on: Bool, _ arguments: inout Arguments, _ state: inout ServerState) throws(Refusal) {
        let name = try arguments.name()
        try arguments.end()
        if on {
            guard state.mail.folder(name) != nil else { throw .no("[NONEXISTENT] No such folder") }
            state.mail.subscribe(name)
        } else {
            state.mail.unsubscribe(name)
        }
    }
}
