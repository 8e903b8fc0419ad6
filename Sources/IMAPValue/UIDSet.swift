/// A set of UIDs as sorted, merged ranges: a range stays a range, whatever its width (RFC 3501 section 9, `sequence-set`).
///
/// ```
/// UIDSet([4, 5, 6, 9]).description       "4:6,9"
/// ```
public struct UIDSet: Hashable, Sendable {
    /// Sorted, disjoint, never adjacent.
    public private(set) var ranges: [ClosedRange<UInt32>] = []

    public init() {}

    public init(_ uid: UID) {
        ranges = [uid.rawValue...uid.rawValue]
    }

    public init(_ range: ClosedRange<UID>) {
        ranges = [range.lowerBound.rawValue...range.upperBound.rawValue]
    }

    /// All that are lower.
    public init(below uid: UID) {
        ranges = uid.rawValue > 1 ? [1...(uid.rawValue - 1)] : []
    }

    /// In any order, overlaps allowed; zeros are left out.
    public init(ranges: [ClosedRange<UInt32>]) {
        var previous: UInt32 = 0
        let isAscending = ranges.allSatisfy { range in
            defer { previous = range.lowerBound }
            return range.lowerBound >= previous
        }
        for range in isAscending ? ranges : ranges.sorted(by: { $0.lowerBound < $1.lowerBound })
        where range.upperBound > 0 {
            appendAscending(Swift.max(range.lowerBound, 1)...range.upperBound)
        }
    }

    /// In any order, duplicates allowed; zeros are left out.
    public init(_ values: some Sequence<UInt32>) {
        for value in values.sorted() where value > 0 {
            appendAscending(value...value)
        }
    }

    /// In any order, overlaps allowed.
    public init(_ uids: some Sequence<UID>) {
        self.init(uids.map(\.rawValue))
    }

    public var isEmpty: Bool { ranges.isEmpty }

    /// The number of UIDs, 0 to 4,294,967,295.
    public var count: Int {
        ranges.reduce(0) { $0 + Int($1.upperBound - $1.lowerBound) + 1 }
    }

    public var min: UID? { ranges.first.flatMap { UID($0.lowerBound) } }
    public var max: UID? { ranges.last.flatMap { UID($0.upperBound) } }

    public func contains(_ uid: UID) -> Bool {
        let value = uid.rawValue
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            let range = ranges[middle]
            if range.upperBound < value {
                low = middle + 1
            } else if range.lowerBound > value {
                high = middle
            } else {
                return true
            }
        }
        return false
    }

    public mutating func insert(_ uid: UID) {
        insert(uid.rawValue...uid.rawValue)
    }

    public mutating func insert(_ range: ClosedRange<UID>) {
        insert(range.lowerBound.rawValue...range.upperBound.rawValue)
    }

    public mutating func remove(_ uid: UID) {
        subtract(UIDSet(uid))
    }

    public mutating func formUnion(_ other: UIDSet) {
        if let last = ranges.last, let first = other.ranges.first, last.upperBound >= first.lowerBound {
            let all = (ranges + other.ranges).sorted { $0.lowerBound < $1.lowerBound }
            ranges = []
            for range in all {
                appendAscending(range)
            }
        } else {
            for range in other.ranges {
                appendAscending(range)
            }
        }
    }

    public func union(_ other: UIDSet) -> UIDSet {
        var result = self
        result.formUnion(other)
        return result
    }

    public mutating func subtract(_ other: UIDSet) {
        guard !ranges.isEmpty, !other.ranges.isEmpty else { return }
        var result: [ClosedRange<UInt32>] = []
        var index = 0
        for range in ranges {
            var low = range.lowerBound
            var consumed = false
            while index < other.ranges.count, other.ranges[index].upperBound < low { index += 1 }
            var cut = index
            while cut < other.ranges.count, other.ranges[cut].lowerBound <= range.upperBound {
                let removed = other.ranges[cut]
                if removed.lowerBound > low { result.append(low...(removed.lowerBound - 1)) }
                if removed.upperBound >= range.upperBound {
                    consumed = true
                    break
                }
                low = removed.upperBound + 1
                cut += 1
            }
            if !consumed { result.append(low...range.upperBound) }
        }
        ranges = result
    }

    public func subtracting(_ other: UIDSet) -> UIDSet {
        var result = self
        result.subtract(other)
        return result
    }

    public func intersection(_ other: UIDSet) -> UIDSet {
        var result = UIDSet()
        var left = 0
        var right = 0
        while left < ranges.count, right < other.ranges.count {
            let a = ranges[left]
            let b = other.ranges[right]
            let low = Swift.max(a.lowerBound, b.lowerBound)
            let high = Swift.min(a.upperBound, b.upperBound)
            if low <= high { result.ranges.append(low...high) }
            if a.upperBound < b.upperBound { left += 1 } else { right += 1 }
        }
        return result
    }

    /// Parts of at most `count` UIDs and at most `bytes` octets when written, in ascending order. At least one UID each.
    ///
    /// Servers close the connection over long command lines, so a set never travels whole.
    public func chunks(count limit: Int, bytes: Int) -> [UIDSet] {
        var result: [UIDSet] = []
        var current = UIDSet()
        var members = 0
        var length = 0
        func flush() {
            if !current.isEmpty { result.append(current) }
            current = UIDSet()
            members = 0
            length = 0
        }
        for range in ranges {
            var low = range.lowerBound
            while true {
                let width = Int(range.upperBound - low) + 1
                let written = 22
                if members >= limit || (members > 0 && length + written > bytes) { flush() }
                let taken = Swift.max(1, Swift.min(width, limit - members))
                let high = low + UInt32(taken - 1)
                current.ranges.append(low...high)
                members += taken
                length += written
                if high == range.upperBound { break }
                low = high + 1
            }
        }
        flush()
        return result
    }

    private mutating func appendAscending(_ range: ClosedRange<UInt32>) {
        guard let last = ranges.last else {
            ranges.append(range)
            return
        }
        if range.lowerBound <= last.upperBound || range.lowerBound - 1 == last.upperBound {
            if range.upperBound > last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound...range.upperBound
            }
        } else {
            ranges.append(range)
        }
    }

    private mutating func insert(_ range: ClosedRange<UInt32>) {
        if let last = ranges.last, range.lowerBound < last.lowerBound {
            var other = UIDSet()
            other.ranges = [range]
            formUnion(other)
        } else {
            appendAscending(range)
        }
    }
}

extension UIDSet: Sequence {
    /// The UIDs in ascending order.
    public func makeIterator() -> some IteratorProtocol<UID> {
        ranges.lazy.flatMap { range in range.lazy.compactMap { UID($0) } }.makeIterator()
    }
}

extension UIDSet: CustomStringConvertible {
    /// As a command carries it: `4:6,9`; empty for the empty set, which no command may carry.
    public var description: String {
        ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }
            .joined(separator: ",")
    }
}
