import MailModel

/// Which folder each message of a loaded listing is in.
///
/// A first listing gives its messages ids that follow one another, so a loaded folder is mostly a few runs of ids; what differs from
/// the runs is kept by the message.
struct MessageHomes {
    private struct Run {
        let ids: ClosedRange<Int64>
        let folder: FolderID
    }

    /// Ascending, none overlaps another.
    private var runs: [Run] = []
    /// Wins over the runs; a message of a run that is in no folder any more has `nowhere`.
    private var single: [MessageID: FolderID] = [:]

    private static let nowhere = FolderID(rawValue: .min)
    /// Shorter runs are kept by the message.
    private static let shortest = 32

    subscript(id: MessageID) -> FolderID? {
        get {
            guard let folder = single[id] else { return runHome(id.rawValue) }
            return folder == Self.nowhere ? nil : folder
        }
        set {
            let home = runHome(id.rawValue)
            single[id] = newValue == home ? nil : newValue ?? Self.nowhere
        }
    }

    /// Puts all these messages, ascending, into a folder.
    mutating func put(_ ids: some Sequence<MessageID>, in folder: FolderID) {
        var added: [Run] = []
        var run: ClosedRange<Int64>?
        func end() {
            guard let run else { return }
            if run.count >= Self.shortest, !overlaps(run) {
                added.append(Run(ids: run, folder: folder))
            } else {
                for id in run { self[MessageID(rawValue: id)] = folder }
            }
        }
        for id in ids {
            if let current = run, id.rawValue == current.upperBound + 1 {
                run = current.lowerBound...id.rawValue
            } else {
                end()
                run = id.rawValue...id.rawValue
            }
        }
        end()
        guard !added.isEmpty else { return }
        runs = (runs + added).sorted { $0.ids.lowerBound < $1.ids.lowerBound }
        // What was known of these messages before is no longer so.
        var new = MessageHomes()
        new.runs = added
        single = single.filter { new.runHome($0.key.rawValue) == nil }
    }

    /// Takes a folder out, with these messages of it.
    mutating func remove(_ folder: FolderID, _ ids: some Sequence<MessageID>) {
        runs.removeAll { $0.folder == folder }
        // Below what is kept by the message there may be a run of another folder.
        for id in ids where single[id] == folder || single[id] == Self.nowhere { self[id] = nil }
    }

    private func runHome(_ id: Int64) -> FolderID? {
        let place = firstRun(endingAtOrAfter: id)
        guard place < runs.count, runs[place].ids.contains(id) else { return nil }
        return runs[place].folder
    }

    private func overlaps(_ ids: ClosedRange<Int64>) -> Bool {
        let place = firstRun(endingAtOrAfter: ids.lowerBound)
        return place < runs.count && runs[place].ids.lowerBound <= ids.upperBound
    }

    private func firstRun(endingAtOrAfter id: Int64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].ids.upperBound < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
