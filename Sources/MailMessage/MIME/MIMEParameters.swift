/// A value with parameters, as Content-Type and Content-Disposition have them (RFC 2045 section 5.1), with the continuations, charsets and
/// languages of RFC 2231.
///
/// ```swift
/// MIMEParameters(Array("attachment; filename*0*=utf-8''Gr%C3%B6; filename*1=\"sse.txt\"".utf8))["filename"]?.text    // "Grösse.txt"
/// ```
public struct MIMEParameters: Sendable {
    /// The octets of one parameter, and the charset that it names.
    public struct Value: Sendable {
        public var octets: [UInt8]
        /// nil where none is named: encoded words may stand in it then (RFC 2047, against section 5, as many send it).
        public var charset: Charset?

        public var text: String { charset?.decode(octets) ?? HeaderText.decode(octets) }
    }

    private struct Section {
        let number: Int
        let octets: [UInt8]
        let isExtended: Bool
    }

    /// What stands before the first semicolon, in lower case, without blanks at its ends.
    public private(set) var value: [UInt8] = []
    private var plain: [[UInt8]: [UInt8]] = [:]
    private var sections: [[UInt8]: [Section]] = [:]

    /// More of them than any field has.
    private static let limit = 256

    /// - Parameter field: an unfolded field body.
    public init(_ field: [UInt8]) {
        for (place, piece) in Self.pieces(field).prefix(Self.limit).enumerated() {
            if place == 0 {
                value = Self.trimmed(Self.withoutComments(piece)).map(Self.lowered)
                continue
            }
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = Self.trimmed(piece[..<equals]).map(Self.lowered)
            add(name, Self.unquoted(Self.trimmed(piece[(equals + 1)...])))
        }
    }

    /// The parameter of that name, in lower case.
    public subscript(_ name: String) -> Value? {
        let key = Array(name.utf8)
        if let found = sections[key], let first = found.first(where: { $0.number == 0 }) {
            return Self.joined(first, found)
        }
        return plain[key].map { Value(octets: $0, charset: nil) }
    }

    /// ```
    /// parameter = name ["*" section] ["*"] "=" value
    /// ```
    private mutating func add(_ name: [UInt8], _ octets: [UInt8]) {
        let parts = name.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard parts.count > 1, let base = parts.first else {
            if plain[name] == nil { plain[name] = octets }
            return
        }
        let isExtended = parts.last?.isEmpty == true
        let digits = parts[1]
        let number = digits.isEmpty ? 0 : digits.count <= 4 ? Int(String(decoding: digits, as: UTF8.self)) : nil
        guard let number, parts.count <= 3 else { return }
        let section = Section(number: number, octets: octets, isExtended: isExtended)
        if sections[Array(base), default: []].contains(where: { $0.number == number }) { return }
        sections[Array(base), default: []].append(section)
    }

    private static func joined(_ first: Section, _ all: [Section]) -> Value {
        var charset: Charset?
        var octets: [UInt8] = []
        for (place, section) in all.sorted(by: { $0.number < $1.number }).enumerated() {
            // A gap: what lies behind belongs to nothing.
            guard section.number == place else { break }
            var text = section.octets[...]
            if place == 0, section.isExtended {
                let parts = text.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
                if parts.count == 3 {
                    charset = Charset(name: String(decoding: parts[0], as: UTF8.self))
                    text = parts[2]
                }
            }
            octets += section.isExtended ? QuotedPrintable.percentDecoded(text) : Array(text)
        }
        if first.isExtended, charset == nil { charset = Charset(name: "") }
        return Value(octets: octets, charset: charset)
    }

    // MARK: - The grammar

    /// Cut at semicolons that stand outside of quotes.
    private static func pieces(_ field: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        var isQuoted = false
        var index = 0
        while index < field.count {
            switch field[index] {
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ";") where !isQuoted:
                pieces.append(field[start..<index])
                start = index + 1
            default: break
            }
            index += 1
        }
        pieces.append(field[min(start, field.count)...])
        return pieces
    }

    private static func withoutComments(_ piece: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        piece.firstIndex(of: UInt8(ascii: "(")).map { piece[..<$0] } ?? piece
    }

    private static func unquoted(_ value: ArraySlice<UInt8>) -> [UInt8] {
        guard value.count > 1, value.first == UInt8(ascii: "\"") else { return Array(value) }
        var result: [UInt8] = []
        var index = value.startIndex + 1
        while index < value.endIndex, value[index] != UInt8(ascii: "\"") {
            if value[index] == UInt8(ascii: "\\"), index + 1 < value.endIndex { index += 1 }
            result.append(value[index])
            index += 1
        }
        return result
    }

    private static func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var slice = slice
        while let first = slice.first, isBlank(first) || first == 0x0D || first == 0x0A { slice.removeFirst() }
        while let last = slice.last, isBlank(last) || last == 0x0D || last == 0x0A { slice.removeLast() }
        return slice
    }

    private static func lowered(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet | 0x20 : octet
    }
}
