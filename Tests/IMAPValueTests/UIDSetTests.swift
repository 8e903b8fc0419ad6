import IMAPValue
import Testing

@Suite("UIDSet")
struct UIDSetTests {
    @Test(
        "merges, sorts and prints",
        arguments: [
            ([], ""), ([5], "5"), ([9, 4, 6, 5, 4], "4:6,9"), ([1, 2, 3], "1:3"),
            ([UInt32.max, UInt32.max - 1], "4294967294:4294967295"), ([0, 1], "1"),
        ] as [([UInt32], String)])
    func description(values: [UInt32], expected: String) {
        #expect(UIDSet(values).description == expected)
    }

    @Test("agrees with a plain set in every operation")
    func operations() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let left = Set((0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt32.random(in: 1...30) })
            let right = Set((0..<Int.random(in: 0...20, using: &generator)).map { _ in UInt32.random(in: 1...30) })
            let a = UIDSet(left)
            let b = UIDSet(right)
            #expect(a.union(b) == UIDSet(left.union(right)))
            #expect(a.subtracting(b) == UIDSet(left.subtracting(right)))
            #expect(a.intersection(b) == UIDSet(left.intersection(right)))
            #expect(a.count == left.count)
            #expect(a.map(\.rawValue) == left.sorted())
            for value in 1...31 as ClosedRange<UInt32> {
                #expect(UID(value).map(a.contains) == left.contains(value))
            }
            for chunk in [1, 3, 7] {
                let parts = a.chunks(count: chunk, bytes: 100)
                #expect(parts.allSatisfy { $0.count <= chunk && $0.description.utf8.count <= 100 })
                #expect(parts.reduce(UIDSet()) { $0.union($1) } == a)
            }
        }
    }

    @Test("takes ranges in any order, overlapping or not, without zero")
    func ranges() {
        #expect(UIDSet(ranges: [7...9, 1...3, 4...4, 2...2, 8...12]).description == "1:4,7:12")
        #expect(UIDSet(ranges: [0...0, 0...2]).description == "1:2")
        #expect(UIDSet(ranges: [1...3, 5...6]).ranges == [1...3, 5...6])
        #expect(UIDSet(ranges: []).isEmpty)
    }

    @Test("holds the whole number space without expanding it")
    func whole() {
        let all = UIDSet(UID.min...UID.max)
        #expect(all.count == 4_294_967_295)
        #expect(all.chunks(count: 1 << 31, bytes: 4_000).count == 2)
        #expect(all.subtracting(UIDSet(UID.max)).max == UID(4_294_967_294))
        #expect(UID.max.next == nil)
    }
}
