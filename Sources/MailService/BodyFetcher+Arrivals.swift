internal import BlockingWork
internal import Logging
internal import MailModel
internal import MailStore
internal import MailSync
internal import Synchronization

/// What becomes of bodies that came, or did not.
extension BodyFetcher {
    /// Called on a connection's event loop, or on a thread that writes.
    func receive(_ body: ReceivedBody, from retrieval: BodyOwner) {
        let arrival = state.withLock { state in
            let arrival = state.board.arrived(body.id, octets: body.content.octetsInMemory, from: retrieval)
            if arrival != .unwanted { state.received[body.id] = body }
            return arrival
        }
        if arrival == .first { BlockingExecutor.disk.run { self.adopt() } }
    }

    /// Stores what has come, in one transaction for all that is there, and wakes those who waited for it.
    private func adopt() {
        while true {
            let batch = takeReceived()
            if batch.isEmpty { return stored.ring() }
            var failure: ServiceError?
            do {
                let finished = batch.compactMap(\.finished)
                if !finished.isEmpty { try store.adoptBodies(finished, published: published) }
            } catch {
                failure = ServiceError(storing: error)
            }
            note(failure ?? batch.lazy.compactMap(\.obstacle).first)
            for body in batch {
                wake(body.id, of: .adoption) { self.opened(body, isKept: failure == nil) }
            }
            eviction.evictIfFull()
        }
    }

    private func takeReceived() -> [ReceivedBody] {
        let (batch, hasRoom) = state.withLock { state in
            let batch = state.board.takeArrived().compactMap { state.received.removeValue(forKey: $0) }
            return (batch, state.board.hasRoom)
        }
        if hasRoom { room.ring() }
        return batch
    }

    private func note(_ failure: ServiceError?) {
        let now = clock.now
        switch state.withLock({ $0.condition.note(failure, at: now) }) {
        case .began(let trouble):
            let reason = CacheCondition.text(of: trouble, reserve: store.reserve)
            logger.error("the cache cannot keep bodies, they are served without it: \(reason)")
        case .ended: logger.notice("the cache keeps bodies again")
        case nil: break
        }
    }

    /// What somebody who waits for a received body gets.
    private func opened(_ body: ReceivedBody, isKept: Bool) -> Result<OpenBody, ServiceError> {
        if isKept, let kept = open(body.id) { return .success(kept) }
        if let beside = body.openUncached() { return .success(beside) }
        return .failure(.noSpace)
    }

    /// The body from the cache.
    func open(_ id: MessageID) -> OpenBody? {
        // Noted before it is opened, so that no eviction comes between.
        let use = inUse.begin(id)
        return (try? store.openBody(id)).flatMap { $0 }.map { OpenBody($0, use) }
    }

    func fail(_ ids: [MessageID], of retrieval: BodyOwner, with error: ServiceError) {
        for id in ids { wake(id, of: retrieval) { .failure(error) } }
    }

    func wake(_ id: MessageID, of owner: BodyOwner, with result: () -> Result<OpenBody, ServiceError>) {
        let woken = state.withLock { state in
            state.board.ended(id, of: owner).compactMap { state.waiters.removeValue(forKey: $0) }
        }
        guard !woken.isEmpty else { return }
        let result = result()
        for continuation in woken { continuation.resume(with: result) }
    }

    /// Returns when nothing that arrived is left to be stored and no eviction is under way, or the task is cancelled.
    func rest() async {
        await stored.wait { [self] in state.withLock { !$0.board.isAdopting } }
        await eviction.rest()
    }
}
