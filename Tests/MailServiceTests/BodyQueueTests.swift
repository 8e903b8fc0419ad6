import Synchronization
import Testing

@testable import MailService

@Suite("Octets between the wire and the disk")
struct BodyQueueTests {
    @Test("who is held up beyond the bound goes on at half of it, once")
    func bound() {
        let queue = BodyQueue(limit: 100, run: { $0() })
        let resumed = Mutex(0)
        let holdsUp = { queue.holdsUp { resumed.withLock { $0 += 1 } } }
        #expect(!holdsUp())
        queue.came(100)
        #expect(!holdsUp())
        queue.came(1)
        #expect(holdsUp() && holdsUp())
        queue.went(50)
        #expect(resumed.withLock { $0 } == 0)
        queue.went(1)
        #expect(resumed.withLock { $0 } == 2)
        queue.went(50)
        #expect(resumed.withLock { $0 } == 2 && !holdsUp())
    }
}
