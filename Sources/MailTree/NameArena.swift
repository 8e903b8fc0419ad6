/// Names one behind the other in pieces of memory: growing moves no name, and leaves no more than one piece unused.
struct NameArena {
    /// Octets of a piece: so many that the C library gives each pages of its own, which do not lie between what is freed later.
    private static let length = 1 << 20

    private var pieces: [[UInt8]] = []
    /// Octets in all.
    private(set) var count = 0

    /// Keeps a name of at most 255 octets.
    ///
    /// - Returns: where it is.
    mutating func store(_ name: UnsafeRawBufferPointer) -> UInt32 {
        if pieces.isEmpty || pieces[pieces.count - 1].count + name.count > Self.length {
            // Small listings stay small: a first piece grows.
            if !pieces.isEmpty {
                pieces.append([])
                pieces[pieces.count - 1].reserveCapacity(Self.length)
            } else {
                pieces.append([])
            }
        }
        let last = pieces.count - 1
        let offset = last * Self.length + pieces[last].count
        pieces[last].append(contentsOf: name)
        count += name.count
        return UInt32(clamping: offset)
    }

    /// The octets at a place that `store` gave; none where there are not so many.
    func withName<R>(at offset: UInt32, length: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        let piece = Int(offset) / Self.length
        let start = Int(offset) % Self.length
        guard piece < pieces.count, start + length <= pieces[piece].count else {
            return body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return pieces[piece].withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<(start + length)])) }
    }
}
