/// The offset of the first LF at or after `start`; nil when there is none. Eight octets at a step.
@inline(__always)
func indexOfLineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    let count = bytes.count
    var index = start
    while index &+ 8 <= count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let difference = word ^ 0x0A0A_0A0A_0A0A_0A0A
        let zero = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
        if zero != 0 { return index &+ zero.trailingZeroBitCount / 8 }
        index &+= 8
    }
    while index < count {
        if bytes[index] == 0x0A { return index }
        index &+= 1
    }
    return nil
}
