extension Session {
    mutating func fetch(
        byUID: Bool, _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        let set = try arguments.set()
        guard let token = arguments.next else { throw .bad("Missing FETCH items") }
        var items = try FetchItem.items(token) { state.offers($0) }
        arguments.skip()
        var since: UInt64?
        var wantsVanished = false
        if !arguments.isAtEnd {
            var modifiers = Arguments(try arguments.list())
            while !modifiers.isAtEnd {
                if modifiers.take("CHANGEDSINCE") {
                    since = try modifiers.number()
                } else if modifiers.take("VANISHED") {
                    wantsVanished = true
                } else {
                    throw .bad("Unknown modifier")
                }
            }
        }
        try arguments.end()
        if wantsVanished, !(byUID && since != nil && qresync) { throw .bad("VANISHED is not allowed here") }
        let folder = try selectedFolder(state)
        if since != nil, !items.contains(where: { if case .modSeq = $0 { true } else { false } }) {
            items.append(.modSeq)
        }
        if items.contains(where: { if case .modSeq = $0 { true } else { false } }) {
            try becomeCondstore(state, &answer)
        }
        if wantsVanished, let since {
            let gone = vanished(since: since, in: folder).filter { set.contains($0, largest: folder.uidNext &- 1) }
            if !gone.isEmpty { answer.add("VANISHED (EARLIER) \(NumberSet.text(gone))") }
        }
        guard let view = selected?.view else { return }
        let positions = try positions(set, byUID: byUID, view, state)
        send(items, at: positions, in: view, byUID: byUID, since: since, &state, &answer)
    }

    /// Positions in the view; a sequence number beyond it is BAD, an unknown UID is nothing.
    func positions(
        _ set: NumberSet, byUID: Bool, _ view: [UInt32], _ state: ServerState
    ) throws(Refusal) -> [Int] {
        if byUID {
            let named = set.ranges.filter { $0.1 != nil }.flatMap { [$0.0, $0.1] }.compactMap(\.self)
            if state.configuration.refusesAbsentUID, named.contains(where: { view.position(of: $0) == nil }) {
                throw .bad("Failed to parse message set")
            }
            return set.positions(in: view)
        }
        let last = UInt32(clamping: view.count)
        let ranges = set.resolved(largest: last)
        guard let highest = ranges.last?.upperBound, highest <= last else { throw .bad("No such sequence number") }
        return ranges.flatMap { $0 }.map { Int($0) - 1 }
    }

    /// FETCH responses that NOTIFY asked for with new messages.
    mutating func send(_ items: [FetchItem], of uids: [UInt32], _ state: inout ServerState, _ answer: inout Answer) {
        guard let view = selected?.view else { return }
        let positions = uids.compactMap { view.position(of: $0) }
        send(items, at: positions, in: view, byUID: true, since: nil, &state, &answer)
    }

    private mutating func send(
        _ items: [FetchItem], at positions: [Int], in view: [UInt32], byUID: Bool, since: UInt64?,
        _ state: inout ServerState, _ answer: inout Answer
    ) {
        guard let selected, let folder = state.mail.folder(id: selected.folder) else { return }
        var expunged = false
        for position in positions {
            let uid = view[position]
            if let message = folder.message(uid) {
                if let since, message.modSeq <= since { continue }
                send(items, message, at: position, byUID: byUID, folder, &state, &answer)
            } else {
                expunged = true
                sendExpunged(items, uid, at: position, byUID: byUID, state, &answer)
            }
        }
        if expunged, answer.completion != nil {
            answer.completion = "OK [EXPUNGEISSUED] Some messages are gone"
        }
    }

    private mutating func send(
        _ items: [FetchItem], _ message: StoredMessage, at position: Int, byUID: Bool, _ folder: Folder,
        _ state: inout ServerState, _ answer: inout Answer
    ) {
        var message = message
        var flagsChanged = false
        let marks = items.contains { if case .body(let section) = $0 { !section.peeks } else { false } }
        if marks, selected?.readOnly == false, !message.has("\\Seen") {
            flagsChanged = true
            state.mail.change(id: folder.id) { $0.setFlags(message.uid, message.flags + ["\\Seen"]) }
            message = state.mail.folder(id: folder.id)?.message(message.uid) ?? message
            selected?.told[message.uid] = message.modSeq
        }
        var line = [UInt8]("* \(position + 1) FETCH (".utf8)
        var isFirst = true
        func add(_ text: String) {
            if !isFirst { line.append(UInt8(ascii: " ")) }
            isFirst = false
            line += [UInt8](text.utf8)
        }
        let hasUID = items.contains { if case .uid = $0 { true } else { false } }
        if byUID, !hasUID { add("UID \(message.uid)") }
        var hasFlags = false
        for item in items {
            switch item {
            case .uid: add("UID \(message.uid)")
            case .flags:
                hasFlags = true
                add("FLAGS (\(message.flags.joined(separator: " ")))")
            case .size:
                let size = message.bytes.count
                add("RFC822.SIZE \(state.configuration.sizeLie?(message.uid, size) ?? size)")
            case .internalDate: add("INTERNALDATE \"\(InternalDate.text(message.internalDate))\"")
            case .modSeq: add("MODSEQ (\(message.modSeq))")
            case .emailID: add("EMAILID (M\(message.emailID))")
            case .threadID: add("THREADID NIL")
            case .gmailID: add("X-GM-MSGID \(1_278_455_344_230_334_865 + message.emailID)")
            case .gmailLabels:
                add("")
                line += Self.labelItem(state.mail.labels(of: message.emailID, in: folder.id))
            case .structure: add("BODYSTRUCTURE \(MessagePart(message.bytes).structure)")
            case .decodedSize(let positions):
                let name = positions.map(String.init).joined(separator: ".")
                add("BINARY.SIZE[\(name)] \(MessagePart(message.bytes)[positions[...]]?.decoded?.count ?? 0)")
            case .body(let section):
                var content = section.content(message.bytes)
                var label = section.label
                if let partial = section.partial {
                    content = [UInt8](content.dropFirst(partial.offset).prefix(partial.length))
                    label += "<\(partial.offset)>"
                }
                add(label + " ")
                if case .decoded = section.part { line.append(UInt8(ascii: "~")) }
                line += Wire.literal(content)
                let name =
                    String(section.label.dropFirst(5).dropLast()) + (section.partial.map { "<\($0.offset)>" } ?? "")
                state.observation.bodies.append(
                    FetchedBody(
                        connection: connection, folder: folder.name.text, uid: message.uid,
                        section: section.label.hasPrefix("BODY[") ? name : section.label, octets: content.count))
            }
        }
        if flagsChanged, !hasFlags { add("FLAGS (\(message.flags.joined(separator: " ")))") }
        answer.untagged.append(line + [UInt8](")\r\n".utf8))
    }

    private func sendExpunged(
        _ items: [FetchItem], _ uid: UInt32, at position: Int, byUID: Bool, _ state: ServerState,
        _ answer: inout Answer
    ) {
        let madeUp = [UInt8]("From: System Administrator\r\nSubject: message unavailable\r\n\r\nGone.\r\n".utf8)
        let body: [UInt8]
        switch state.configuration.expungedElsewhere {
        case .leftOut: return
        case .nilBody: body = [UInt8]("NIL".utf8)
        case .emptyBody: body = [UInt8]("\"\"".utf8)
        case .madeUp: body = Wire.literal(madeUp)
        }
        var line = [UInt8]("* \(position + 1) FETCH (UID \(uid)".utf8)
        for item in items {
            switch item {
            case .uid: break
            case .flags: line += [UInt8](" FLAGS ()".utf8)
            case .size: line += [UInt8](" RFC822.SIZE \(madeUp.count)".utf8)
            case .internalDate: line += [UInt8](" INTERNALDATE \"\(InternalDate.text(0))\"".utf8)
            case .modSeq: line += [UInt8](" MODSEQ (1)".utf8)
            case .emailID, .threadID, .gmailID, .gmailLabels, .structure, .decodedSize: break
            case .body(let section): line += [UInt8](" \(section.label) ".utf8) + body
            }
        }
        answer.untagged.append(line + [UInt8](")\r\n".utf8))
    }
}
