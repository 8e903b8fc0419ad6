/// An escape of names in `.views/maildir`: `%XX`, in upper case, for the octets that have a meaning there, for those that no name may have, and
/// for `%` itself.
///
/// Reversible, and one-to-one: ``read(_:)`` takes nothing that ``shown(_:)`` does not give.
struct MaildirEscape: Sendable {
    /// What separates names.
    private let reserved: [UInt8]
    /// An escape that stands for itself.
    private let plain: [UInt8]

    /// `.` stands between the levels of folders.
    static let folder = MaildirEscape(reserved: Array(".".utf8), plain: [])
    /// Of messages that the mount named: what tells them ends at the first `,`.
    static let made = MaildirEscape(reserved: Array(":,".utf8), plain: [])
    /// Of messages that programs named: `,` is theirs, and so is what it is in the names that the mount showed them.
    static let given = MaildirEscape(reserved: Array(":".utf8), plain: Array("%2C".utf8))

    private static let percent = UInt8(ascii: "%")
    private static let digits = Array("0123456789ABCDEF".utf8)

    private func isEscaped(_ octet: UInt8, isFirst: Bool) -> Bool {
        octet == Self.percent || reserved.contains(octet) || octet < 0x20 || octet == 0x7F
            || octet == UInt8(ascii: "/") || (isFirst && octet == UInt8(ascii: "."))
    }

    private func takePlain(from rest: inout ArraySlice<UInt8>, to result: inout [UInt8]) -> Bool {
        guard !plain.isEmpty, rest.starts(with: plain) else { return false }
        result += plain
        rest = rest.dropFirst(plain.count)
        return true
    }

    func shown(_ octets: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + 16)
        var rest = Array(octets)[...]
        while let octet = rest.first {
            if takePlain(from: &rest, to: &result) { continue }
            rest.removeFirst()
            if isEscaped(octet, isFirst: result.isEmpty) {
                result += [Self.percent, Self.digits[Int(octet >> 4)], Self.digits[Int(octet & 15)]]
            } else {
                result.append(octet)
            }
        }
        return result
    }

    /// What is shown so; nil where nothing is.
    func read(_ shown: some Collection<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(shown.count)
        var rest = Array(shown)[...]
        while let octet = rest.first {
            if takePlain(from: &rest, to: &result) { continue }
            rest.removeFirst()
            guard octet == Self.percent else {
                if isEscaped(octet, isFirst: result.isEmpty) { return nil }
                result.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.digits.firstIndex),
                let low = rest.popFirst().flatMap(Self.digits.firstIndex)
            else { return nil }
            let read = UInt8(high << 4 | low)
            // No name has them.
            guard read != 0, read != UInt8(ascii: "/"), isEscaped(read, isFirst: result.isEmpty) else { return nil }
            result.append(read)
        }
        // `%` and `2C` that were put together by reading would be shown as they are.
        return self.shown(result).elementsEqual(shown) ? result : nil
    }
}
