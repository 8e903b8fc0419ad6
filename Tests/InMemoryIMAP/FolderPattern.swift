/// The pattern of LIST: `*` stands for anything, `%` for anything within one level (RFC 3501 section 6.3.8).
struct FolderPattern {
    let bytes: [UInt8]
    let separator: UInt8?

    func matches(_ name: Name) -> Bool {
        if name == .inbox, bytes.uppercasedASCII == Name.inbox.bytes { return true }
        // The set of pattern positions that the name read so far can have reached.
        var positions = closure([0])
        for byte in name.bytes {
            var next: Set<Int> = []
            for position in positions where position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "*"): next.insert(position)
                case UInt8(ascii: "%"): if byte != separator { next.insert(position) }
                case byte: next.insert(position + 1)
                default: break
                }
            }
            positions = closure(next)
            if positions.isEmpty { return false }
        }
        return positions.contains(bytes.count)
    }

    private func closure(_ positions: Set<Int>) -> Set<Int> {
        var result: Set<Int> = []
        for start in positions {
            var position = start
            while result.insert(position).inserted, position < bytes.count,
                bytes[position] == UInt8(ascii: "*") || bytes[position] == UInt8(ascii: "%")
            {
                position += 1
            }
        }
        return result
    }
}
