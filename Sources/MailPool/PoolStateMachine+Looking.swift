/// What nobody tells of and is looked at now and then: whether the machine has slept, and whether refused credentials are others now.
extension PoolStateMachine {
    /// How often is to be looked.
    public static let lookInterval = Duration.seconds(5)
    /// A sleep that connections may not have survived.
    static let longSleep = Duration.seconds(10)

    /// - Parameters:
    ///   - slept: how long the machine has slept since the moment that `start` was told of.
    ///   - hasOtherCredentials: than at the last login; of interest only while `awaitsCredentials`.
    public mutating func looked(slept total: Duration, hasOtherCredentials: Bool) -> [PoolAction] {
        let time = total - slept
        slept = total
        var actions: [PoolAction] = []
        if time >= Self.longSleep { actions += [.slept] + resumed() }
        if hasOtherCredentials { actions += credentialsChanged() }
        return actions
    }

    private mutating func credentialsChanged() -> [PoolAction] {
        guard awaitsCredentials else { return [] }
        return attempt()
    }

    /// The machine has slept: what was connected before is not believed to be so still, and a pause after a failure has no reason any
    /// more. What a server asked for, and the pauses after refused logins, stay.
    private mutating func resumed() -> [PoolAction] {
        patience = nil
        switch phase {
        case .resting, .stopped: return []
        case .pausing:
            guard state != .refused, obstacle == .offline else { return [] }
            pauses.asked()
            return attempt()
        case .opening(let number, _):
            return [.close(number)] + attempt()
        case .watching(let number, _):
            // What is leased ends by itself, where it is dead.
            var actions = closeIdle()
            workers[number]?.isClosed = true
            actions.append(.close(number))
            return actions + attempt()
        }
    }
}
