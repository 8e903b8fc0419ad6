internal import Fuse
internal import MailService
internal import Synchronization

/// The bodies that readers have open, by handle. A body stays readable until its last handle is gone, whatever becomes of the message.
final class OpenFiles: Sendable {
    private struct State {
        var next: Handle = 1
        var bodies: [Handle: OpenBody] = [:]
    }

    private let state = Mutex(State())

    func insert(_ body: OpenBody) -> Handle {
        state.withLock { state in
            let handle = state.next
            state.next += 1
            state.bodies[handle] = body
            return handle
        }
    }

    func body(_ handle: Handle) -> OpenBody? { state.withLock { $0.bodies[handle] } }

    func remove(_ handle: Handle) {
        _ = state.withLock { $0.bodies.removeValue(forKey: handle) }
    }

    var count: Int { state.withLock { $0.bodies.count } }
}
