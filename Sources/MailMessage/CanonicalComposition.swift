internal import Foundation

/// Normalisation form C (UAX 15). The one place of this module that needs Foundation.
enum CanonicalComposition {
    /// Scalars that are composed at once. Foundation moves the rest of a text for each pair that it joins, so its time
    /// grows with the square of what it is given.
    private static let chunk = 512
    /// Scalars after which a text is parted anywhere: more marks than that on one character are no text.
    private static let longestChunk = 4096

    /// The text in form C, in time proportional to its length.
    static func compose(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isInert($0) }) else { return text }
        // What stands before the first mark may combine with it.
        var start = first > scalars.startIndex ? scalars.index(before: first) : first
        var result = String(scalars[..<start])
        var index = start
        var length = 0
        while index < scalars.endIndex {
            if length >= longestChunk || (length >= chunk && isBoundary(scalars[index])) {
                result += String(scalars[start..<index]).precomposedStringWithCanonicalMapping
                start = index
                length = 0
            }
            index = scalars.index(after: index)
            length += 1
        }
        return result + String(scalars[start...]).precomposedStringWithCanonicalMapping
    }

    /// Whether the scalar is in form C whatever stands around it. False says nothing.
    static func isInert(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300, 0x400..<0x483, 0x5D0..<0x5EB, 0x620..<0x64B, 0x2010..<0x2027, 0x3001..<0x302A,
            0x3041..<0x3097, 0x30A1..<0x30FF, 0x4E00..<0xA000, 0xAC00..<0xD7A4, 0xFF01..<0xFF5F,
            0x1F300..<0x1F700:
            true
        default:
            false
        }
    }

    /// Whether nothing of the scalar ever combines with what stands before it. False says nothing.
    ///
    /// What combines backwards are marks, the vowels and finals of Hangul, and a few vowel signs past U+FFFF.
    private static func isBoundary(_ scalar: Unicode.Scalar) -> Bool {
        if isInert(scalar) { return true }
        guard scalar.value < 0x1_0000, !(0x1160..<0x1200).contains(scalar.value) else { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter: return true
        default: return false
        }
    }
}
