import Testing

@testable import Fuse

@Suite("NotificationQueue")
struct NotificationQueueTests {
    private func drain(_ queue: NotificationQueue) -> [Fuse.Notification] {
        var queue = queue
        var result: [Fuse.Notification] = []
        while let next = queue.removeFirst() { result.append(next) }
        return result
    }

    @Test("keeps the order and merges equals")
    func order() {
        var queue = NotificationQueue(capacity: 10)
        queue.append(.entry(parent: 1, name: [1]))
        queue.append(.inode(5, offset: 0, length: 0))
        queue.append(.entry(parent: 1, name: [1]))
        queue.append(.inode(5, offset: 100, length: 5))
        queue.append(.inode(6, offset: 100, length: 5))
        #expect(
            drain(queue) == [
                .entry(parent: 1, name: [1]), .inode(5, offset: 0, length: 0), .inode(6, offset: 100, length: 5),
            ])
    }

    @Test("takes again what was sent")
    func again() {
        var queue = NotificationQueue(capacity: 10)
        for _ in 0..<3 {
            queue.append(.entry(parent: 1, name: [1]))
            #expect(queue.removeFirst() == .entry(parent: 1, name: [1]))
            #expect(queue.removeFirst() == nil)
        }
    }

    @Test("beyond the bound forgets all names and the listings concerned")
    func overflow() {
        var queue = NotificationQueue(capacity: 3)
        queue.append(.entry(parent: 1, name: [1]))
        queue.append(.deleted(parent: 2, child: 9, name: [2]))
        queue.append(.inode(7, offset: 5, length: 5))
        queue.append(.entry(parent: 1, name: [4]))
        #expect(queue.count == 4)
        #expect(
            drain(queue) == [
                .everyEntry, .inode(1, offset: 0, length: 0), .inode(2, offset: 0, length: 0),
                .inode(7, offset: 0, length: 0),
            ])
    }

    @Test("loses nothing of many names in few directories", arguments: [1, 7, 5000])
    func many(capacity: Int) {
        var queue = NotificationQueue(capacity: capacity)
        for number in 0..<20_000 {
            queue.append(.entry(parent: 1, name: [UInt8(number & 255), UInt8(number >> 8)]))
        }
        #expect(queue.count <= capacity + 1)
        #expect(queue.dropped == 0)
        var sent = drain(queue)
        let all = Set(sent)
        #expect(all.count == sent.count)
        sent = sent.filter { if case .entry = $0 { false } else { true } }
        #expect(sent == [.everyEntry, .inode(1, offset: 0, length: 0)])
    }

    @Test("says what it had to drop")
    func dropped() {
        var queue = NotificationQueue(capacity: 4)
        for inode in 1...20 { queue.append(.inode(Inode(inode), offset: 0, length: 0)) }
        #expect(queue.count + queue.dropped == 21)
        #expect(queue.count <= 5)
    }
}
