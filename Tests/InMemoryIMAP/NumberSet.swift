/// A sequence-set or uid-set of a command: `2,4:7,9:*` (RFC 3501 section 9).
struct NumberSet: Sendable {
    /// `nil` stands for `*`.
    private(set) var ranges: [(UInt32?, UInt32?)] = []

    /// - Returns: nil where the grammar does not allow the text; zero is no number here.
    init?(_ text: String) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count) else { return nil }
            var values: [UInt32?] = []
            for end in ends {
                if end == "*" {
                    values.append(nil)
                } else if end.utf8.allSatisfy(\.isASCIIDigit), let value = UInt32(end), value > 0 {
                    values.append(value)
                } else {
                    return nil
                }
            }
            ranges.append((values[0], values[values.count - 1]))
        }
        if ranges.isEmpty { return nil }
    }

    /// Merged ascending ranges; `*` and anything paired with it is measured by `largest`.
    func resolved(largest: UInt32) -> [ClosedRange<UInt32>] {
        let plain = ranges.map { range in
            let ends = (range.0 ?? largest, range.1 ?? largest)
            return min(ends.0, ends.1)...max(ends.0, ends.1)
        }
        var merged: [ClosedRange<UInt32>] = []
        for range in plain.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// The positions in `numbers`, which ascend, of the members of the set.
    func positions(in numbers: [UInt32]) -> [Int] {
        guard let largest = numbers.last else { return [] }
        var result: [Int] = []
        for range in resolved(largest: largest) {
            var index = numbers.lowerBound(range.lowerBound)
            while index < numbers.count, numbers[index] <= range.upperBound {
                result.append(index)
                index += 1
            }
        }
        return result
    }

    func contains(_ number: UInt32, largest: UInt32) -> Bool {
        resolved(largest: largest).contains { $0.contains(number) }
    }

    /// `1:3,5` for 1, 2, 3, 5: runs in the given order.
    static func text(_ numbers: [UInt32]) -> String {
        var runs: [(UInt32, UInt32)] = []
        for number in numbers {
            if let last = runs.last, last.1 < .max, number == last.1 + 1 {
                runs[runs.count - 1].1 = number
            } else {
                runs.append((number, number))
            }
        }
        return runs.map { $0.0 == $0.1 ? "\($0.0)" : "\($0.0):\($0.1)" }.joined(separator: ",")
    }
}

extension [UInt32] {
    /// The first position whose value is not below `value`; the array ascends.
    func lowerBound(_ value: UInt32) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func position(of value: UInt32) -> Int? {
        let index = lowerBound(value)
        return index < count && self[index] == value ? index : nil
    }
}
