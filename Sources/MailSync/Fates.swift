public import MailModel

/// The fates of all operations of which more is known than that they wait.
public struct Fates: Hashable, Sendable {
    private var known: [OperationID: Fate] = [:]

    public init() {}

    /// What is known of an operation: what happened in this run, or what the journal says.
    public subscript(operation: Operation) -> Fate { known[operation.id] ?? Fate(of: operation.state) }

    /// Something happened to an operation. Nothing more is known of it where it ended by that.
    ///
    /// - Returns: what is to become of it now.
    @discardableResult
    public mutating func change(_ operation: Operation, _ happened: (inout Fate) -> Void) -> Fate.Stage {
        var fate = self[operation]
        happened(&fate)
        switch fate.stage {
        case .done, .failed: known[operation.id] = nil
        case .waiting, .apart, .doubted, .paused, .sent, .refused:
            known[operation.id] = fate == Fate(of: operation.state) ? nil : fate
        }
        return fate.stage
    }

    /// They left the journal, or failed in it.
    public mutating func forget(_ ids: some Sequence<OperationID>) { for id in ids { known[id] = nil } }

    /// Those that are not to be sent, nor looked for, now.
    public func paused(at now: Duration) -> Set<OperationID> {
        Set(known.filter { $0.value.isPaused(at: now) }.keys)
    }

    /// When the next pause ends.
    public func nextEnd(after now: Duration) -> Duration? {
        known.values.compactMap { fate in
            if case .paused(let end) = fate.stage, end > now { end } else { nil }
        }.min()
    }
}
