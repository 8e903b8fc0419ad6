internal import MailModel

/// Lets one at a time change or list a folder: who sends changes of it, or who synchronises it.
///
/// All folders that somebody needs are taken at once, so that nobody waits holding one. Whoever holds folders may wait for a connection;
/// nobody who has a connection waits for folders.
actor FolderGate {
    private struct Waiter {
        let folders: Set<FolderID>
        let continuation: CheckedContinuation<Void, Never>
    }

    private var held: Set<FolderID> = []
    private var waiting: [Waiter] = []

    /// Returns when nobody else holds any of these. First come, first served.
    func acquire(_ folders: Set<FolderID>) async {
        let wanted = waiting.reduce(into: held) { $0.formUnion($1.folders) }
        guard !wanted.isDisjoint(with: folders) else {
            held.formUnion(folders)
            return
        }
        await withCheckedContinuation { waiting.append(Waiter(folders: folders, continuation: $0)) }
    }

    func release(_ folders: Set<FolderID>) {
        held.subtract(folders)
        var blocked = held
        var remaining: [Waiter] = []
        for waiter in waiting {
            if blocked.isDisjoint(with: waiter.folders) {
                held.formUnion(waiter.folders)
                waiter.continuation.resume()
            } else {
                remaining.append(waiter)
            }
            blocked.formUnion(waiter.folders)
        }
        waiting = remaining
    }
}
