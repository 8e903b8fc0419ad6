import Testing

@testable import Fuse

@Suite("PendingRequests")
struct PendingRequestsTests {
    /// Never sent anywhere.
    private var request: Request? { OpaquePointer(bitPattern: 16).map { Request($0) } }

    @Test("lets each request be claimed once")
    func once() throws {
        let pending = PendingRequests()
        let request = try #require(request)
        let number = try #require(pending.add(request, interruptible: true))
        #expect(pending.ready(number) == nil)
        #expect(pending.claim(number) != nil)
        #expect(pending.claim(number) == nil)
        #expect(pending.interrupt(number) == nil)
        #expect(pending.end().isEmpty)
    }

    @Test("keeps an interrupt that comes too early until the request is ready")
    func early() throws {
        let pending = PendingRequests()
        let request = try #require(request)
        let number = try #require(pending.add(request, interruptible: true))
        #expect(pending.interrupt(number) == nil)
        #expect(pending.count == 1)
        #expect(pending.ready(number) != nil)
        #expect(pending.claim(number) == nil)
    }

    @Test("takes none after the end, and gives all that waited")
    func end() throws {
        let pending = PendingRequests()
        let request = try #require(request)
        let first = try #require(pending.add(request, interruptible: true))
        let second = try #require(pending.add(request, interruptible: false))
        #expect(first != second)
        #expect(pending.end().count == 2)
        #expect(pending.add(request, interruptible: true) == nil)
        #expect(pending.claim(first) == nil)
        #expect(!pending.attach(Task {}, to: second))
    }
}
