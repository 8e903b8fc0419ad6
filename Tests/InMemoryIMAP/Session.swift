/// What one connection has agreed upon with the server (RFC 3501 section 3), and what it has been told.
struct Session {
    let connection: Int
    var isAuthenticated = false
    var enabled: Set<String> = []
    var selected: Selected?
    var notification: Notification?
    /// The folders that were there when this session first asked for them.
    var firstListed: Set<Name>?
    var condstore = false

    var qresync: Bool { enabled.contains("QRESYNC") }

    init(connection: Int) {
        self.connection = connection
    }

    /// Obeys a command and completes `answer`.
    mutating func execute(_ command: Command, _ state: inout ServerState, _ answer: inout Answer) {
        var arguments = Arguments(command.tokens)
        do throws(Refusal) {
            answer.completion = "OK \(command.name) completed"
            try obey(command.name, &arguments, &state, &answer)
        } catch {
            answer.completion = error.text
        }
        // RFC 3501 section 7.4.1: these three must not renumber while they are answered.
        let numbered = ["FETCH", "STORE", "SEARCH"].contains(command.name)
        update(&state, &answer, expunges: !numbered)
        notify(&state, &answer)
    }

    private mutating func obey(
        _ name: String, _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        switch name {
        case "CAPABILITY":
            try arguments.end()
            answer.add("CAPABILITY " + capabilities(state).joined(separator: " "))
            return
        case "NOOP": return try arguments.end()
        case "ID":
            try require("ID", state)
            answer.add("ID (\"name\" \"InMemoryIMAP\")")
            return
        case "LOGIN": return try login(&arguments, &state, &answer)
        default: break
        }
        guard isAuthenticated else { throw .bad("Log in first") }
        switch name {
        case "ENABLE": try enable(&arguments, state, &answer)
        case "NAMESPACE": try namespace(&arguments, state, &answer)
        case "LIST": try list(&arguments, state, &answer)
        case "LSUB": try lsub(&arguments, state, &answer)
        case "STATUS": try status(&arguments, state, &answer)
        case "CREATE": try create(&arguments, &state)
        case "DELETE": try delete(&arguments, &state)
        case "RENAME": try rename(&arguments, &state)
        case "SUBSCRIBE", "UNSUBSCRIBE": try subscribe(name == "SUBSCRIBE", &arguments, &state)
        case "SELECT", "EXAMINE": try select(readOnly: name == "EXAMINE", &arguments, &state, &answer)
        case "APPEND": try append(&arguments, &state, &answer)
        case "GETQUOTAROOT", "GETQUOTA": try quota(root: name == "GETQUOTAROOT", &arguments, state, &answer)
        case "NOTIFY": try setNotification(&arguments, state, &answer)
        default:
            guard selected != nil else {
                throw .bad(Self.selectedCommands.contains(name) ? "Select a folder first" : "Unknown command")
            }
            try obeySelected(name, &arguments, &state, &answer)
        }
    }

    private static let selectedCommands: Set<String> = [
        "CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "UID EXPUNGE", "FETCH", "UID FETCH", "STORE", "UID STORE", "COPY",
        "UID COPY", "MOVE", "UID MOVE", "SEARCH", "UID SEARCH",
    ]

    private mutating func obeySelected(
        _ name: String, _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        let byUID = name.hasPrefix("UID ")
        switch name {
        case "CHECK": try arguments.end()
        case "CLOSE", "UNSELECT":
            try arguments.end()
            if name == "UNSELECT" { try require("UNSELECT", state) }
            if name == "CLOSE" { try expunge(nil, &state, silently: true) }
            selected = nil
        case "EXPUNGE":
            try arguments.end()
            try expunge(nil, &state, silently: false)
        case "UID EXPUNGE":
            try require("UIDPLUS", state)
            let set = try arguments.set()
            try arguments.end()
            try expunge(set, &state, silently: false)
            if condstore, let modSeq = state.mail.folder(id: selected?.folder ?? 0)?.highestModSeq {
                answer.completion = "OK [HIGHESTMODSEQ \(modSeq)] Expunged"
            }
        case "FETCH", "UID FETCH": try fetch(byUID: byUID, &arguments, &state, &answer)
        case "STORE", "UID STORE": try store(byUID: byUID, &arguments, &state, &answer)
        case "COPY", "UID COPY": try copy(byUID: byUID, moving: false, &arguments, &state, &answer)
        case "MOVE", "UID MOVE":
            try require("MOVE", state)
            try copy(byUID: byUID, moving: true, &arguments, &state, &answer)
        case "SEARCH", "UID SEARCH": try search(byUID: byUID, &arguments, state, &answer)
        default: throw .bad("Unknown command")
        }
    }

    func require(_ capability: String, _ state: ServerState) throws(Refusal) {
        if !state.configuration.offers(capability, authenticated: isAuthenticated) {
            throw .bad("Unknown command or option: no \(capability) here")
        }
    }

    func capabilities(_ state: ServerState) -> [String] {
        isAuthenticated ? state.configuration.capabilities : state.configuration.capabilitiesBeforeLogin
    }

    private mutating func enable(
        _ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        try require("ENABLE", state)
        // RFC 5161 section 3.1: only before a folder is selected.
        if selected != nil { throw .bad("Too late to ENABLE") }
        var added: [String] = []
        if arguments.isAtEnd { throw .bad("Missing argument") }
        while !arguments.isAtEnd {
            let name = try arguments.atom().uppercased()
            guard ["QRESYNC", "CONDSTORE"].contains(name), state.offers(name) else { continue }
            if enabled.insert(name).inserted { added.append(name) }
            condstore = true
        }
        answer.add((["ENABLED"] + added).joined(separator: " "))
    }

    /// Marks the session as one that knows mod-sequences (RFC 7162 section 3.1).
    mutating func becomeCondstore(_ state: ServerState, _ answer: inout Answer) throws(Refusal) {
        try require("CONDSTORE", state)
        if condstore { return }
        condstore = true
        if let selected, let folder = state.mail.folder(id: selected.folder) {
            answer.add("OK [HIGHESTMODSEQ \(folder.highestModSeq)] Highest")
        }
    }

    private func namespace(
        _ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        try require("NAMESPACE", state)
        try arguments.end()
        answer.add("NAMESPACE ((\"\" \(Self.separatorText(state)))) NIL NIL")
    }

    static func separatorText(_ state: ServerState) -> String {
        guard let separator = state.mail.separator else { return "NIL" }
        return String(decoding: Wire.quoted([separator]), as: UTF8.self)
    }

    private func quota(
        root: Bool, _ arguments: inout Arguments, _ state: ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        try require("QUOTA", state)
        let name = try arguments.astring()
        try arguments.end()
        if root {
            let text = Wire.string(name, style: state.configuration.nameStyle)
            answer.untagged.append([UInt8]("* QUOTAROOT ".utf8) + text + [UInt8](" \"\"\r\n".utf8))
        } else if !name.isEmpty {
            throw .no("[NONEXISTENT] No such quota root")
        }
        let kilobytes = (state.mail.octets + 1023) / 1024
        let limit = state.configuration.quota.map { "STORAGE \(kilobytes) \($0 / 1024)" } ?? ""
        answer.add("QUOTA \"\" (\(limit))")
    }
}
