public import MailModel

/// Connections in and out of hands.
extension PoolStateMachine {
    /// Somebody wants a connection for work in `folder`. Refused at once while the account is known to be offline.
    public mutating func lease(
        _ request: LeaseRequest, _ lane: Lane, folder: FolderID?, at now: Moment
    ) -> [PoolAction] {
        if isStopped { return [.refuse(request, .offline)] }
        switch state {
        case .offline, .refused: return [.refuse(request, obstacle)]
        case .online, nil: break
        }
        queue.add(LeaseQueue.Waiter(request: request, lane: lane, folder: folder))
        return dispatch(at: now)
    }

    /// Whoever asked does not wait any more. What was granted meanwhile is to be given back.
    ///
    /// - Returns: whether nothing was granted or refused yet.
    public mutating func cancel(_ request: LeaseRequest) -> Bool { queue.remove(request) }

    /// A connection is given back.
    ///
    /// - Parameters:
    ///   - selected: what is selected now, nil where that is not known.
    ///   - canIdle: it hears of what happens there by IDLE.
    public mutating func release(
        _ number: ConnectionNumber, selected: SelectedFolder?, canIdle: Bool, at now: Moment
    ) -> [PoolAction] {
        guard var worker = workers[number], let lane = worker.lane else { return [] }
        let before = worker.selected
        var actions = moves(noticedBy: &worker, lane: lane, selected: selected)
        worker.lane = nil
        worker.hasHeard = false
        worker.selected = selected
        workers[number] = worker.isClosed && number != watching ? nil : worker
        if number == watching { visited.formUnion([before?.folder, selected?.folder].compactMap { $0 }) }
        actions += dispatch(at: now)
        return canIdle ? actions + park(number) : actions
    }

    /// A connection is given back that must not be used again.
    ///
    /// - Parameter isSilent: the server did not answer on it, so all connections are doubted.
    public mutating func discard(_ number: ConnectionNumber, isSilent: Bool, at now: Moment) -> [PoolAction] {
        var actions: [PoolAction] = [.close(number)]
        if isSilent {
            actions += closeIdle()
            // In IDLE a dead server looks like a quiet one: the watching connection ends itself if this stays unanswered.
            if let watching, watching != number { actions.append(.probe(watching)) }
        }
        guard workers[number]?.lane != nil else { return actions }
        workers[number] = nil
        return actions + dispatch(at: now)
    }

    /// Something was said on a connection that no command of it had asked for.
    ///
    /// - Parameter isCount: EXISTS, which some servers repeat with every command.
    public mutating func heard(_ number: ConnectionNumber, isCount: Bool) -> [PoolAction] {
        guard let worker = workers[number] else { return [] }
        switch worker.lane {
        case nil: return (worker.selected?.folder).map { [.folderMoved($0)] } ?? []
        case .reading, .changing, .bulk: workers[number]?.hasHeard = true
        // Who synchronises looks at a folder anyway, but perhaps at another.
        case .listing, .watching: if !isCount { workers[number]?.hasHeard = true }
        }
        return []
    }

    /// What was said while a connection was in somebody's hands is looked into afterwards.
    private func moves(noticedBy worker: inout Worker, lane: Lane, selected: SelectedFolder?) -> [PoolAction] {
        guard worker.hasHeard else {
            worker.isFollowed = false
            return []
        }
        // What was told to somebody who synchronised another folder was said of the one selected before.
        let hasSynchronised = lane == .listing || lane == .watching
        var moved: [FolderID] = []
        for folder in [worker.selected?.folder, hasSynchronised ? nil : selected?.folder].compactMap({ $0 })
        where (!hasSynchronised || folder != selected?.folder) && !moved.contains(folder) {
            moved.append(folder)
        }
        // What nobody asked for may have come behind the last answer. Once more tells; a server that always says something is not
        // followed for ever.
        if hasSynchronised, !worker.isFollowed, let folder = selected?.folder { moved.append(folder) }
        worker.isFollowed = hasSynchronised && !worker.isFollowed
        return moved.map { .folderMoved($0) }
    }

    /// An idle connection watches the folder it has selected.
    private mutating func park(_ number: ConnectionNumber) -> [PoolAction] {
        guard let worker = workers[number], worker.lane == nil, !worker.isIdling, let selected = worker.selected else {
            return []
        }
        if number == watching {
            // The only connection goes back to where it watches.
            guard let home else { return [] }
            visited.remove(home)
            if selected.folder != home { return [.folderMoved(home)] }
            guard !visited.isEmpty else { return [] }
            defer { visited = [] }
            return [.foldersLeft(visited)]
        }
        workers[number]?.isIdling = true
        return [.idle(number)]
    }
}
