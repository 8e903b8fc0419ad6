internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

// Operations that will not be done. All of it runs while `changes` is held.
extension Journal {
    /// Ends operations that the server refuses for good: their effects are undone, uploads stay. What was to come after them is not
    /// to come. All of that shows in one moment, before anybody hears of it.
    ///
    /// - Parameter keepsDependents: what was to come after them waits until they are sent or given up.
    func fail(_ operations: [(OperationID, ChangeFailure)], keepsDependents: Bool = false) throws {
        guard !operations.isEmpty else { return }
        for (id, failure) in operations {
            let path = view.withLock { $0.journal[id] }.map { self.path(of: $0) } ?? ""
            // Names of files hold who wrote about what.
            logger.warning("change \(id.rawValue) failed, `status` lists it: \(failure.text)")
            logger.debug("change \(id.rawValue) is of \(path)")
        }
        let moves = operations.flatMap { id, failure in laterMoves(ofFileOf: id).map { (id, $0, failure) } }
        let dependents = keepsDependents ? [] : dependents(of: operations.map(\.0) + moves.map(\.1.id))
        var changes = AccountView.Changes()
        let isAlone = moves.isEmpty && dependents.isEmpty
        try store.setState(operations.map { ($0.0, .failed($0.1)) }, answered: true) { failed in
            changes.operations = failed
            if isAlone { publish(changes) }
        }
        try passed(.journal)
        if !isAlone {
            for (upload, move, failure) in moves {
                if let target = move.change.target { try put(upload, to: target.folder, as: target.name, &changes) }
                var move = move
                move.state = .failed(failure)
                changes.endedInVain.append(move)
            }
            changes.ended = moves.map(\.1.id) + dependents
            try store.removeOperations(changes.ended) { publish(changes) }
            try passed(.journal)
            wakeSender()
        }
        dropWhatLeft(operations.map(\.0))
    }

    /// Moves, ascending, of what an upload was to bring: without it they have no message, and it is where they lead.
    private func laterMoves(ofFileOf upload: OperationID) -> [Operation] {
        view.withLock { view in
            guard case .append(let id, _, _, _) = view.journal[upload]?.change, view.truth(of: id) == nil else {
                return []
            }
            return view.journal.operations(of: id).filter { operation in
                guard operation.id > upload, case .move = operation.change else { return false }
                return operation.state == .waiting
            }
        }
    }

    /// Gives a failed upload another place.
    private func put(
        _ upload: OperationID, to folder: FolderID, as name: [UInt8], _ changes: inout AccountView.Changes
    ) throws {
        guard let change = view.withLock({ $0.journal[upload]?.change }) else { return }
        try store.replace(upload, with: change.redirected(to: folder, name: name)) { changed in
            changes.operations.removeAll { $0.id == changed.id }
            changes.operations.append(changed)
        }
        guard let id = change.message, var file = localFile(id) else { return }
        file.folder = folder
        file.name = name
        try store.put(file) {}
        changes.files.removeAll { $0.id == id }
        changes.files.append(file)
    }

    /// A message that went from the server while its move was under way was kept for the sake of that move only: the next listing of
    /// its folder takes it away.
    private func dropWhatLeft(_ operations: [OperationID]) {
        let homes = view.withLock { view in
            Set(
                operations.compactMap { id -> FolderID? in
                    guard let place = view.journal[id]?.change.origin.flatMap({ view.truth(of: $0) }),
                        place.summary.uid == nil
                    else { return nil }
                    return place.folder
                })
        }
        for home in homes {
            facts.expectsArrival(in: home)
            heard(of: home)
        }
    }

    /// Those that are to come after one of these, and after those.
    func dependents(of operations: [OperationID]) -> [OperationID] {
        view.withLock { view in
            var reached = Set(operations)
            var found: [OperationID] = []
            for operation in view.journal.operations {
                guard let after = operation.after, reached.contains(after), operation.state == .waiting,
                    reached.insert(operation.id).inserted
                else { continue }
                found.append(operation.id)
            }
            return found
        }
    }
}
