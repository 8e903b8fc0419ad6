extension Session {
    mutating func store(
        byUID: Bool, _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        let set = try arguments.set()
        var unchangedSince: UInt64?
        if case .list(let tokens)? = arguments.next {
            arguments.skip()
            var modifiers = Arguments(tokens)
            guard modifiers.take("UNCHANGEDSINCE") else { throw .bad("Unknown modifier") }
            unchangedSince = try modifiers.number()
            try modifiers.end()
            try becomeCondstore(state, &answer)
        }
        var operation = try arguments.atom().uppercased()
        let isSilent = operation.hasSuffix(".SILENT")
        if isSilent { operation.removeLast(7) }
        if operation.hasSuffix("X-GM-LABELS"), state.offers("X-GM-EXT-1") {
            return try storeLabels(set, operation, byUID: byUID, &arguments, &state, &answer)
        }
        guard ["FLAGS", "+FLAGS", "-FLAGS"].contains(operation) else { throw .bad("Unknown STORE item") }
        let flags = try Self.flags(&arguments).filter {
            !state.configuration.unkeptFlags.contains($0.lowercased())
        }
        try arguments.end()
        let id = try writableFolder()
        try checkKeywords(flags, try selectedFolder(state), state)
        guard let view = selected?.view else { return }
        var modified: [UInt32] = []
        for position in try positions(set, byUID: byUID, view, state) {
            let uid = view[position]
            guard let message = state.mail.folder(id: id)?.message(uid) else { continue }
            if let unchangedSince, message.modSeq > unchangedSince {
                modified.append(byUID ? uid : UInt32(clamping: position + 1))
                continue
            }
            let given = Set(flags.map { $0.lowercased() })
            let new: [String]
            switch operation {
            case "+FLAGS": new = message.flags + flags.filter { !message.has($0) }
            case "-FLAGS": new = message.flags.filter { !given.contains($0.lowercased()) }
            default: new = flags
            }
            if state.configuration.unkeptAnswer == .untold, Set(new) == Set(message.flags) { continue }
            state.mail.change(id: id) { $0.setFlags(uid, new) }
            guard let stored = state.mail.folder(id: id)?.message(uid) else { continue }
            selected?.told[uid] = stored.modSeq
            var items: [String] = byUID || qresync ? ["UID \(uid)"] : []
            if !isSilent { items.append("FLAGS (\(stored.flags.joined(separator: " ")))") }
            if condstore { items.append("MODSEQ (\(stored.modSeq))") }
            if !isSilent || condstore {
                answer.add("\(position + 1) FETCH (\(items.joined(separator: " ")))")
            }
        }
        if !modified.isEmpty {
            answer.completion = "OK [MODIFIED \(NumberSet.text(modified))] Some were changed meanwhile"
        }
    }

    private func checkKeywords(_ flags: [String], _ folder: Folder, _ state: ServerState) throws(Refusal) {
        if state.configuration.newKeywords { return }
        let known = Set(folder.messages.flatMap(\.flags).map { $0.lowercased() })
        if let new = flags.first(where: { !$0.hasPrefix("\\") && !known.contains($0.lowercased()) }) {
            throw .no("[CANNOT] Keyword \(new) cannot be kept")
        }
    }

    /// A list of flags, or flags without parentheses; `\Recent` cannot be set.
    static func flags(_ arguments: inout Arguments) throws(Refusal) -> [String] {
        var flags: [String] = []
        if case .list(let tokens)? = arguments.next {
            arguments.skip()
            flags = try tokens.atoms()
        } else {
            repeat { flags.append(try arguments.atom()) } while !arguments.isAtEnd
        }
        var unique: [String] = []
        for flag in flags {
            let isSystem = flag.hasPrefix("\\")
            let canonical = systemFlags.first { $0.lowercased() == flag.lowercased() }
            if isSystem, canonical == nil { throw .bad("Unknown system flag \(flag)") }
            guard flag.dropFirst(isSystem ? 1 : 0).utf8.allSatisfy({ !"(){%*\"\\]".utf8.contains($0) }) else {
                throw .bad("Invalid flag \(flag)")
            }
            if !unique.contains(where: { $0.lowercased() == flag.lowercased() }) { unique.append(canonical ?? flag) }
        }
        return unique
    }

    mutating func copy(
        byUID: Bool, moving: Bool, _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        let set = try arguments.set()
        let name = try arguments.name()
        try arguments.end()
        let source = try selectedFolder(state).id
        if moving { _ = try writableFolder() }
        guard let target = target(name, state) else { throw .no("[TRYCREATE] No such folder") }
        guard let view = selected?.view else { return }
        let uids = try positions(set, byUID: byUID, view, state).map { view[$0] }
        if !moving, let folder = state.mail.folder(id: source), state.configuration.quota != nil {
            try checkQuota(uids.reduce(0) { $0 + (folder.message($1)?.bytes.count ?? 0) }, state)
        }
        let done =
            moving
            ? state.mail.move(uids, from: source, to: target.id)
            : state.mail.copy(uids, from: source, to: target.id, empty: state.configuration.copiesNothing)
        guard !done.from.isEmpty, state.offers("UIDPLUS") else { return }
        let code = "[COPYUID \(target.uidValidity) \(NumberSet.text(done.from)) \(NumberSet.text(done.to))]"
        if moving {
            answer.add("OK \(code) Moved")
        } else {
            answer.completion = "OK \(code) Copied"
        }
    }

    /// Where messages may be put; nil where there is no such folder.
    func target(_ name: Name, _ state: ServerState) -> (id: Int, uidValidity: UInt32)? {
        guard let folder = state.mail.folder(name), folder.isSelectable else { return nil }
        return (folder.id, folder.uidValidity)
    }

    func checkQuota(_ octets: Int, _ state: ServerState) throws(Refusal) {
        if let quota = state.configuration.quota, state.mail.octets + octets > quota {
            throw .no("[OVERQUOTA] No room")
        }
    }
}
