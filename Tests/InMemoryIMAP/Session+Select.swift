/// A folder as one session sees it.
struct Selected {
    let folder: Int
    let uidValidity: UInt32
    let readOnly: Bool
    /// UIDs by sequence number less one: also those that are gone and not yet told to be.
    var view: [UInt32]
    /// Messages from here on have not been told.
    var uidNext: UInt32
    /// Changes of this session's own, told or wished silent.
    var told: [UInt32: UInt64] = [:]
    var revision: Int
    /// How much of the folder's `vanished` and `flagged` has been told.
    var vanishedTold: Int
    var flaggedTold: Int
    /// The folder is gone, and the session has been told so.
    var isLost = false
}

extension Session {
    static let systemFlags = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"]

    mutating func select(
        readOnly: Bool, _ arguments: inout Arguments, _ state: inout ServerState, _ answer: inout Answer
    ) throws(Refusal) {
        let name = try arguments.name()
        var resync: Resync?
        if !arguments.isAtEnd {
            var options = Arguments(try arguments.list())
            while !options.isAtEnd {
                if options.take("CONDSTORE") {
                    try require("CONDSTORE", state)
                    condstore = true
                } else if options.take("QRESYNC") {
                    guard qresync else { throw .bad("QRESYNC is not enabled") }
                    resync = try Resync(try options.list())
                } else {
                    throw .bad("Unknown option")
                }
            }
        }
        try arguments.end()
        if selected != nil, state.offers("QRESYNC") { answer.add("OK [CLOSED] Previous folder closed") }
        selected = nil
        guard let folder = state.mail.folder(name), folder.isSelectable else {
            throw .no("[NONEXISTENT] No such folder")
        }
        let keywords = Set(folder.messages.flatMap(\.flags)).filter { !$0.hasPrefix("\\") }.sorted()
        let flags = (Self.systemFlags + keywords).joined(separator: " ")
        answer.add("FLAGS (\(flags))")
        answer.add("\(folder.messages.count) EXISTS")
        answer.add("0 RECENT")
        if let unseen = folder.messages.firstIndex(where: { !$0.has("\\Seen") }) {
            answer.add("OK [UNSEEN \(unseen + 1)] First unseen")
        }
        let unkept = state.configuration.claimsUnkeptFlags ? [] : state.configuration.unkeptFlags
        let kept = (Self.systemFlags + keywords).filter { !unkept.contains($0.lowercased()) }.joined(separator: " ")
        let permanent = readOnly ? "" : kept + (state.configuration.newKeywords ? " \\*" : "")
        answer.add("OK [PERMANENTFLAGS (\(permanent))] Flags kept")
        answer.add("OK [UIDVALIDITY \(folder.uidValidity)] UIDs valid")
        answer.add("OK [UIDNEXT \(folder.uidNext)] Predicted next UID")
        if state.offers("CONDSTORE") { answer.add("OK [HIGHESTMODSEQ \(folder.highestModSeq)] Highest") }
        if state.offers("OBJECTID") { answer.add("OK [MAILBOXID (F\(folder.id))] Ok") }
        let uids = folder.uids
        if let resync, resync.uidValidity == folder.uidValidity {
            let gone = vanished(since: resync.modSeq, in: folder).filter { uid in
                resync.known?.contains(uid, largest: folder.uidNext &- 1) ?? true
            }
            if !gone.isEmpty { answer.add("VANISHED (EARLIER) \(NumberSet.text(gone))") }
            for (index, message) in folder.messages.enumerated() where message.modSeq > resync.modSeq {
                let isKnown = resync.known?.contains(message.uid, largest: folder.uidNext &- 1) ?? true
                guard isKnown else { continue }
                answer.add(
                    "\(index + 1) FETCH (UID \(message.uid) FLAGS (\(message.flags.joined(separator: " "))) "
                        + "MODSEQ (\(message.modSeq)))")
            }
        }
        selected = Selected(
            folder: folder.id, uidValidity: folder.uidValidity, readOnly: readOnly, view: uids,
            uidNext: folder.uidNext, revision: folder.revision,
            vanishedTold: folder.vanished.count, flaggedTold: folder.flagged.count)
        answer.completion = "OK [READ-\(readOnly ? "ONLY" : "WRITE")] Selected"
    }

    /// UIDs expunged after `modSeq`, ascending.
    func vanished(since modSeq: UInt64, in folder: Folder) -> [UInt32] {
        folder.vanished[folder.forgotten...].filter { $0.modSeq > modSeq }.map(\.uid).sorted()
    }

    /// The folder this session has selected, or NO if it is there no more.
    func selectedFolder(_ state: ServerState) throws(Refusal) -> Folder {
        guard let selected, !selected.isLost, let folder = state.mail.folder(id: selected.folder),
            folder.uidValidity == selected.uidValidity, folder.isSelectable
        else { throw .no("[NONEXISTENT] The folder is gone") }
        return folder
    }

    func writableFolder() throws(Refusal) -> Int {
        guard let selected else { throw .bad("Select a folder first") }
        if selected.readOnly { throw .no("[READ-ONLY] The folder was opened with EXAMINE") }
        return selected.folder
    }

    mutating func expunge(_ set: NumberSet?, _ state: inout ServerState, silently: Bool) throws(Refusal) {
        guard let selected else { return }
        if selected.readOnly {
            if silently { return }
            _ = try writableFolder()
        }
        let doomed = Self.deleted(try selectedFolder(state), set)
        guard state.mail.expunges(in: selected.folder) else { return }
        state.mail.change(id: selected.folder) { $0.expunge(doomed) }
    }

    /// The messages that an expunge takes: flagged, and in the set if there is one.
    private static func deleted(_ folder: Folder, _ set: NumberSet?) -> Set<UInt32> {
        guard let set else { return Set(folder.messages.filter { $0.has("\\Deleted") }.map(\.uid)) }
        return Set(folder.members(of: set).filter { folder.message($0)?.has("\\Deleted") == true })
    }
}

/// The parameters of SELECT (QRESYNC ...), RFC 7162 section 3.2.5.
struct Resync {
    let uidValidity: UInt32
    let modSeq: UInt64
    let known: NumberSet?

    init(_ tokens: [Token]) throws(Refusal) {
        var arguments = Arguments(tokens)
        guard let validity = UInt32(exactly: try arguments.number()), validity > 0 else {
            throw .bad("Invalid UIDVALIDITY")
        }
        uidValidity = validity
        modSeq = try arguments.number()
        if modSeq == 0 { throw .bad("Invalid mod-sequence") }
        var known: NumberSet?
        if case .atom? = arguments.next {
            known = try arguments.set()
        }
        if !arguments.isAtEnd {
            var pair = Arguments(try arguments.list())
            _ = try pair.set()
            _ = try pair.set()
            try pair.end()
        }
        try arguments.end()
        self.known = known
    }
}
