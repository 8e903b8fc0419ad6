internal import IMAPValue
internal import MailModel
internal import MailSync

/// What the observer is told: what the store has, changed by the journal and by the files that are only here.
///
/// Changed on the store's writer alone, so that its changes have one order with those of the store. It keeps the truth of messages
/// that have operations (of watched ones), so that nothing has to be asked of the store there; all others are shown as they are.
struct AccountView {
    struct Place: Hashable {
        var folder: FolderID
        var summary: MessageSummary
    }

    private struct Watched {
        /// As the server has it; nil where it has none.
        var truth: Place?
        var isTruthKnown = false
        /// As the observer was told; nil for hidden ones.
        var shown: Place?
        /// Who is about to change it.
        var pins = 0
        /// The messages that are to be copied from it.
        var copies: Set<MessageID> = []
    }

    /// What is to be taken in at one moment.
    struct Changes {
        /// As the store published them.
        var batches: [AppliedBatch] = []
        var operations: [Operation] = []
        /// Operations that left the journal.
        var ended: [OperationID] = []
        /// Those of them that failed with others: only who waits for them hears why.
        var endedInVain: [Operation] = []
        var files: [LocalFile] = []
        var removedFiles: [MessageID] = []
    }

    private(set) var journal = JournalView()
    private(set) var files: [MessageID: LocalFile] = [:]
    /// Messages that are about to be deleted.
    private var concealed: Set<MessageID> = []
    /// What came to folders that operations of unknown outcome brought something to: perhaps that, so it is not shown as well.
    private var heldBack: [FolderID: Set<MessageID>] = [:]
    /// Operations that somebody is about to change or to send.
    private var claimed: Set<OperationID> = []
    /// Operations that failed while they were claimed: anybody may change them at once, and who had them has yet to let them go.
    private var forfeited: Set<OperationID> = []
    /// Uploads of files that are still open.
    private(set) var held: Set<OperationID> = []
    private var watched: [MessageID: Watched] = [:]
    /// The watched messages that are shown, by place.
    private var names: [FolderID: [[UInt8]: MessageID]] = [:]
    /// Messages that are not shown under the names that are theirs, because others had these: they get them when they are free.
    private var displaced: Set<MessageID> = []
    /// The last time that was told of each folder.
    var listingChanged: [FolderID: Int64] = [:]
    /// As the observer was told.
    var folders: [FolderID: Folder] = [:]

    // MARK: - Asking

    /// Where the server has a watched message.
    func truth(of id: MessageID) -> Place? { watched[id]?.truth }

    /// Where a watched message is shown.
    func shown(_ id: MessageID) -> Place? { watched[id]?.shown }

    func isWatched(_ id: MessageID) -> Bool { watched[id]?.isTruthKnown == true }

    /// A message that is shown in a folder as the store has it: as it is shown; nil where it is hidden or elsewhere.
    func shown(_ summary: @autoclosure () -> MessageSummary, _ id: MessageID, in folder: FolderID) -> MessageSummary? {
        guard let entry = watched[id], entry.isTruthKnown else { return summary() }
        guard let shown = entry.shown, shown.folder == folder else { return nil }
        return shown.summary
    }

    /// The watched messages shown in a folder, ascending.
    func messages(in folder: FolderID) -> [MessageSummary] {
        (names[folder] ?? [:]).values.compactMap { watched[$0]?.shown?.summary }.sorted { $0.id < $1.id }
    }

    /// The watched message of this name.
    func message(named name: [UInt8], in folder: FolderID) -> MessageID? { names[folder]?[name] }

    /// The names of files, and of what operations bring to a folder.
    var namesGivenHere: [(FolderID, [UInt8], MessageID)] {
        names.flatMap { folder, taken in
            taken.compactMap { name, id in isPlacedHere(id) ? (folder, name, id) : nil }
        }
    }

    /// Everything is shown as the store has it.
    var isTransparent: Bool { watched.isEmpty && heldBack.isEmpty && journal.sent.isEmpty && names.isEmpty }

    // MARK: - Claims

    /// Gives an operation to one who will change or send it; false where another has it, or it does not wait any more.
    mutating func claim(_ id: OperationID) -> Bool {
        guard let operation = journal[id], operation.state != .sent else { return false }
        return claimed.insert(id).inserted
    }

    mutating func unclaim(_ ids: some Sequence<OperationID>) {
        for id in ids where forfeited.remove(id) == nil { claimed.remove(id) }
    }

    /// Keeps a new operation from being sent until it is released.
    mutating func hold(_ id: OperationID) { held.insert(id) }

    mutating func release(_ id: OperationID) { held.remove(id) }

    /// Operations are on the wire; nothing is shown otherwise by that.
    mutating func sent(_ ids: [OperationID], arrivesFrom: (Operation) -> UID?) {
        for id in ids {
            guard var operation = journal[id] else { continue }
            operation.state = .sent
            operation.attempts += 1
            operation.arrivesFrom = arrivesFrom(operation)
            journal.put(operation)
        }
    }

    /// What was sent to a folder may have come under any UID.
    mutating func forgetArrivalPoints(in folder: FolderID) {
        for id in journal.sent {
            guard var operation = journal[id], operation.change.target?.folder == folder else { continue }
            operation.arrivesFrom = nil
            journal.put(operation)
        }
    }

    /// Hides a message that is pinned, until it has operations that do.
    mutating func conceal(_ id: MessageID) { concealed.insert(id) }

    mutating func reveal(_ id: MessageID) { concealed.remove(id) }

    // MARK: - Watching

    /// Keeps the truth of a message from here on, until it is unpinned and has no operations.
    mutating func pin(_ id: MessageID) { watched[id, default: Watched()].pins += 1 }

    /// - Parameter truth: as the store had it after the message was pinned; what was published since is known better.
    mutating func learn(_ id: MessageID, _ truth: Place?) {
        guard var entry = watched[id], !entry.isTruthKnown else { return }
        entry.truth = truth
        entry.isTruthKnown = true
        watched[id] = entry
        show(truth, as: id)
    }

    mutating func unpin(_ id: MessageID) {
        watched[id]?.pins -= 1
        forget(id)
    }

    private mutating func forget(_ id: MessageID) {
        guard let entry = watched[id], entry.pins <= 0, entry.copies.isEmpty, files[id] == nil,
            journal.operations(of: id).isEmpty, entry.shown == entry.truth, !isInTheWay(entry.shown)
        else { return }
        show(nil, as: id)
        watched[id] = nil
        displaced.remove(id)
    }

    /// Another message is shown under another name because of this one.
    private func isInTheWay(_ place: Place?) -> Bool {
        guard let place, !displaced.isEmpty else { return false }
        return displaced.contains { id in
            let wanted = self.place(of: id)
            return wanted?.folder == place.folder && wanted?.summary.name == place.summary.name
        }
    }

    // MARK: - Changing

    /// Takes in changes.
    ///
    /// - Parameter now: nanoseconds since 1970.
    /// - Returns: what the observer is to be told, in this order: first what leaves a folder.
    mutating func take(_ changes: Changes, now: Int64) -> [AppliedBatch] {
        if let batch = passing(changes) { return [told(batch, now: now)] }
        var affected: Set<MessageID> = []
        // What takes the place of an operation may have its id.
        for id in changes.ended { end(id, &affected) }
        for operation in changes.operations { put(operation, &affected) }
        for file in changes.files {
            files[file.id] = file
            affected.insert(file.id)
        }
        for id in changes.removedFiles {
            files[id] = nil
            affected.insert(id)
        }
        var out = Outgoing()
        for batch in changes.batches { take(batch, &affected, &out) }
        revealArrivals(&affected)
        let ordered = affected.sorted()
        for id in ordered { watched[id, default: Watched()].isTruthKnown = true }
        // Who leaves a name does so before anybody takes it.
        for id in ordered { giveUpName(id) }
        for id in ordered {
            update(id, &out)
            for copy in (watched[id]?.copies ?? []).sorted() where !affected.contains(copy) { update(copy, &out) }
        }
        let others = displaced.subtracting(affected)
        for id in others.sorted() { update(id, &out) }
        for id in affected.union(others) { forget(id) }
        return finish(out, now: now)
    }

    private mutating func put(_ operation: Operation, _ affected: inout Set<MessageID>) {
        if case .copy(let source, let copy, _, _) = journal[operation.id]?.change {
            watched[source]?.copies.remove(copy)
            affected.insert(source)
        }
        if operation.state.isFailed, journal[operation.id]?.state.isFailed == false,
            claimed.remove(operation.id) != nil
        {
            forfeited.insert(operation.id)
        }
        journal.put(operation)
        if let id = operation.change.message {
            affected.insert(id)
            // Its truth, if it has one, comes along.
            if watched[id] == nil { watched[id] = Watched() }
        }
        if case .copy(let source, let copy, _, _) = operation.change {
            watched[source, default: Watched()].copies.insert(copy)
        }
    }

    private mutating func end(_ id: OperationID, _ affected: inout Set<MessageID>) {
        claimed.remove(id)
        forfeited.remove(id)
        held.remove(id)
        guard let operation = journal[id] else { return }
        journal.remove(id)
        if let message = operation.change.message { affected.insert(message) }
        if case .copy(let source, let copy, _, _) = operation.change {
            watched[source]?.copies.remove(copy)
            affected.insert(source)
        }
    }

    /// Follows the truth of watched messages and lets the others through.
    private mutating func take(_ batch: AppliedBatch, _ affected: inout Set<MessageID>, _ out: inout Outgoing) {
        let folder = batch.folder
        out.heard(batch)
        guard !watched.isEmpty else {
            out.pass(batch)
            return
        }
        for summary in batch.arrived { take(summary, in: folder, isNew: true, &affected, &out) }
        for summary in batch.updated { take(summary, in: folder, isNew: false, &affected, &out) }
        for id in batch.removed {
            guard var entry = watched[id] else {
                out.remove(id, from: folder)
                continue
            }
            if entry.isTruthKnown {
                // A moved message may have arrived elsewhere before it is told to have left.
                if entry.truth?.folder == folder { entry.truth = nil }
            } else {
                entry.isTruthKnown = true
                entry.shown = entry.truth
                out.remove(id, from: folder)
            }
            watched[id] = entry
            affected.insert(id)
        }
    }

    private mutating func take(
        _ summary: MessageSummary, in folder: FolderID, isNew: Bool, _ affected: inout Set<MessageID>,
        _ out: inout Outgoing
    ) {
        let place = Place(folder: folder, summary: summary)
        if var entry = watched[summary.id] {
            let wasKnown = entry.isTruthKnown
            entry.truth = place
            entry.isTruthKnown = true
            watched[summary.id] = entry
            if !wasKnown {
                show(place, as: summary.id)
                out.put(summary, in: folder, isNew: isNew)
            }
            affected.insert(summary.id)
        } else if isNew, mayBeBrought(summary, to: folder) {
            watched[summary.id] = Watched(truth: place, isTruthKnown: true)
            concealed.insert(summary.id)
            heldBack[folder, default: []].insert(summary.id)
        } else if isNew, names[folder]?[summary.name] != nil {
            // What is on its way there has this name already.
            watched[summary.id] = Watched(truth: place, isTruthKnown: true)
            affected.insert(summary.id)
        } else {
            out.put(summary, in: folder, isNew: isNew)
        }
    }

    /// Whether an operation whose outcome is not known may have brought this message (HAZARD 46).
    private func mayBeBrought(_ summary: MessageSummary, to folder: FolderID) -> Bool {
        guard !journal.sent.isEmpty, let uid = summary.uid else { return false }
        return journal.sent.contains { id in
            guard let operation = journal[id], operation.change.target?.folder == folder else { return false }
            return operation.arrivesFrom.map { uid >= $0 } ?? true
        }
    }

    /// Shows what was held back in folders that nothing is in doubt about any more.
    private mutating func revealArrivals(_ affected: inout Set<MessageID>) {
        guard !heldBack.isEmpty else { return }
        let doubtful = Set(journal.sent.compactMap { journal[$0]?.change.target?.folder })
        for (folder, ids) in heldBack where !doubtful.contains(folder) {
            concealed.subtract(ids)
            affected.formUnion(ids)
            heldBack[folder] = nil
        }
    }

    private mutating func update(_ id: MessageID, _ out: inout Outgoing) {
        guard let entry = watched[id], entry.isTruthKnown else { return }
        let old = entry.shown
        var new = place(of: id)
        displaced.remove(id)
        if var place = new {
            let name = free(place.summary.name, in: place.folder, for: id)
            if name != place.summary.name { displaced.insert(id) }
            place.summary.name = name
            new = place
        }
        show(new, as: id)
        guard old != new else { return }
        if let old, old.folder != new?.folder { out.remove(id, from: old.folder) }
        if let new { out.put(new.summary, in: new.folder, isNew: old?.folder != new.folder, old: old?.summary) }
    }

    /// Where a message is to be shown.
    private func place(of id: MessageID) -> Place? {
        if concealed.contains(id) { return nil }
        let truth = watched[id]?.truth
        let decided = journal.placement(of: id)?.place
        // A file whose upload is on its way and was deleted meanwhile is gone, although its octets are still here.
        if decided == .hidden { return nil }
        if let file = files[id], decided?.isElsewhere != true {
            return Place(folder: file.folder, summary: summary(of: file))
        }
        let shown = journal.shown(id) { other in watched[other]?.truth.map { ($0.summary, $0.folder) } }
        guard let (found, folder) = shown else { return nil }
        var summary = found
        // A UID means something in its own folder only.
        if let truth, truth.folder != folder { summary.uid = nil }
        return Place(folder: folder, summary: summary)
    }

    /// The flags of a file that nothing brings to the server: its own, or, of a new version of a message, those of the message.
    func flags(of file: LocalFile) -> Flags { file.flags ?? shownTruth(of: file.id)?.flags ?? Flags() }

    /// A message as it would be shown without a file here in its place.
    private func shownTruth(of id: MessageID) -> MessageSummary? {
        watched[id]?.truth.flatMap { journal.shown($0.summary, in: $0.folder)?.0 ?? $0.summary }
    }

    private func summary(of file: LocalFile) -> MessageSummary {
        MessageSummary(
            id: file.id, uid: nil, name: file.name, size: file.size, sizeIsProven: true, internalDate: file.modified,
            flags: flags(of: file), flagsChanged: shownTruth(of: file.id)?.flagsChanged ?? 0,
            isCached: true, standing: file.purpose == .scratch ? .scratch : .pending)
    }

    /// Its place and name were given here, and the server does not have it there yet.
    private func isPlacedHere(_ id: MessageID) -> Bool {
        files[id] != nil || journal.placement(of: id)?.place.isElsewhere == true
    }

    /// A message that is to be shown elsewhere, under another name or not at all has its old name no more.
    private mutating func giveUpName(_ id: MessageID) {
        guard let shown = watched[id]?.shown else { return }
        let wanted = place(of: id)
        if wanted?.folder != shown.folder || wanted?.summary.name != shown.summary.name { release(shown, of: id) }
    }

    private mutating func release(_ place: Place, of id: MessageID) {
        guard names[place.folder]?[place.summary.name] == id else { return }
        names[place.folder]?[place.summary.name] = nil
        if names[place.folder]?.isEmpty == true { names[place.folder] = nil }
    }

    private mutating func show(_ place: Place?, as id: MessageID) {
        if let old = watched[id]?.shown { release(old, of: id) }
        watched[id]?.shown = place
        guard let place else { return }
        names[place.folder, default: [:]][place.summary.name] = id
    }

    /// The name, or one made from it that no other watched message of the folder is shown under.
    private func free(_ name: [UInt8], in folder: FolderID, for id: MessageID) -> [UInt8] {
        if isFree(name, in: folder, for: id) { return name }
        var number = 2
        while true {
            let candidate = FileName.numbered(name, number)
            if isFree(candidate, in: folder, for: id) { return candidate }
            number += 1
        }
    }

    /// What is flagged as deleted is not shown, and gives way.
    private func isFree(_ name: [UInt8], in folder: FolderID, for id: MessageID) -> Bool {
        guard let holder = names[folder]?[name], holder != id else { return true }
        return watched[holder]?.shown?.summary.flags.isDeleted == true
    }

    // MARK: - Folders

    mutating func put(_ folder: Folder) { journal.put(folder) }
    mutating func remove(_ folder: FolderID) {
        journal.remove(folder)
        folders[folder] = nil
        listingChanged[folder] = nil
    }
}

extension Placement.Place {
    /// Operations say where the message is.
    var isElsewhere: Bool {
        if case .at = self { true } else { false }
    }
}
