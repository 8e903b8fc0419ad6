/// File names of messages.
enum FileName {
    /// The name with a number before its extension.
    static func numbered(_ name: [UInt8], _ number: Int) -> [UInt8] {
        let suffix = Array(".eml".utf8)
        let tail = Array("-\(number)".utf8)
        let hasSuffix = name.count > suffix.count && name.suffix(suffix.count).elementsEqual(suffix)
        let stem = hasSuffix ? Array(name.dropLast(suffix.count)) : name
        let end = tail + (hasSuffix ? suffix : [])
        var limit = min(stem.count, 255 - end.count)
        // A character is not cut in two.
        while limit < stem.count, limit > 0, stem[limit] & 0xC0 == 0x80 { limit -= 1 }
        return stem.prefix(limit) + end
    }
}
