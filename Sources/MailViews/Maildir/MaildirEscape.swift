/// The escape of names in `.views/maildir`: `%XX`, in upper case, for the octets that have a meaning there, and for `%` itself.
///
/// Reversible, and one-to-one: ``read(_:reserved:isFirstDotReserved:)`` takes nothing that ``shown(_:reserved:isFirstDotReserved:)`` does not give.
enum MaildirEscape {
    private static let percent = UInt8(ascii: "%")
    private static let dot = UInt8(ascii: ".")
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isReserved(_ octet: UInt8, _ reserved: UInt8, isFirst: Bool) -> Bool {
        octet == percent || octet == reserved || octet < 0x20 || octet == 0x7F || octet == UInt8(ascii: "/")
            || (isFirst && octet == dot)
    }

    /// - Parameter reserved: what separates names there: `:` in a message's, `.` in a folder's.
    static func shown(_ octets: some Collection<UInt8>, reserved: UInt8) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + 16)
        for octet in octets {
            if isReserved(octet, reserved, isFirst: result.isEmpty) {
                result += [percent, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            } else {
                result.append(octet)
            }
        }
        return result
    }

    /// What is shown so; nil where nothing is.
    static func read(_ shown: some Collection<UInt8>, reserved: UInt8) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(shown.count)
        var rest = shown[...]
        while let octet = rest.popFirst() {
            guard octet == percent else {
                if isReserved(octet, reserved, isFirst: result.isEmpty) { return nil }
                result.append(octet)
                continue
            }
            guard let high = rest.popFirst().flatMap(digits.firstIndex),
                let low = rest.popFirst().flatMap(digits.firstIndex)
            else { return nil }
            let read = UInt8(high << 4 | low)
            guard read != 0, isReserved(read, reserved, isFirst: result.isEmpty) else { return nil }
            result.append(read)
        }
        return result
    }
}
