extension Session {
    mutating func append(
        _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        let name = try arguments.name()
        var messages: [(bytes: [UInt8], flags: [String], date: Int64)] = []
        repeat {
            var flags: [String] = []
            if case .list? = arguments.next { flags = try Self.flags(&arguments) }
            var date = InMemoryServer.defaultDate
            if case .quoted(let text)? = arguments.next {
                guard let value = InternalDate.parse(String(decoding: text, as: UTF8.self)) else {
                    throw .bad("Invalid date")
                }
                date = value
                arguments.skip()
            }
            guard case .literal(let bytes, let binary)? = arguments.next else { throw .bad("Expected a literal") }
            arguments.skip()
            if !binary, bytes.contains(0) { throw .bad("NUL in a message") }
            if bytes.isEmpty { throw .no("Empty message") }
            if bytes.count > state.configuration.largestMessage { throw .no("[TOOBIG] Message too large") }
            messages.append((bytes, flags, date))
        } while !arguments.isAtEnd
        if messages.count > 1 { try require("MULTIAPPEND", state) }
        guard let target = target(name, state) else { throw .no("[TRYCREATE] No such folder") }
        if state.configuration.refusesSelectedFolder, let selected, selected.folder == target.id, selected.readOnly {
            throw .no("Current box is selected READ-ONLY.")
        }
        try checkQuota(messages.reduce(0) { $0 + $1.bytes.count }, state)
        var uids: [UInt32] = []
        for message in messages {
            let bytes = state.configuration.stored?(message.bytes) ?? message.bytes
            let emailID = state.mail.newEmailID()
            let uid = state.mail.change(id: target.id) {
                $0.append(bytes, flags: message.flags, internalDate: message.date, emailID: emailID)
            }
            if let uid { uids.append(uid) }
        }
        state.mail.label(uids, in: target.id)
        if state.offers("UIDPLUS") {
            answer.completion = "OK [APPENDUID \(target.uidValidity) \(NumberSet.text(uids))] Appended"
        }
    }
}
