/// How the file name of a message is made from what is known of it.
///
/// ```swift
/// let name = FileNameTemplate.standard.name(
///     date: 1_728_714_720, from: "Alice Example", subject: "Quarterly report", uid: 7, tag: tag, ordinal: 1)
/// // 2024-10-12_0632_Alice-Example_Quarterly-report.k7f3qa.eml
/// ```
public struct FileNameTemplate: Sendable, Hashable {
    enum Field: String, CaseIterable {
        case date
        case from
        case subject
        case uid
    }

    enum Part: Hashable {
        /// Shell-safe already.
        case literal([UInt8])
        case field(Field)
    }

    /// Octets of a complete file name at most.
    public static let limit = 200

    /// Octets that the longest fields keep as long as any other can still give way.
    private static let share = 40

    let parts: [Part]

    /// `{date}_{from}_{subject}`
    public static let standard = FileNameTemplate(parts: [
        .field(.date), .literal([UInt8(ascii: "_")]), .field(.from), .literal([UInt8(ascii: "_")]), .field(.subject),
    ])

    private init(parts: [Part]) { self.parts = parts }

    /// Fields are `{date}`, `{from}`, `{subject}` and `{uid}`. What stands between them is kept where it is safe in a
    /// shell without quoting; a dot is, anything else becomes `-`.
    /// - Throws: ``FileNameTemplateError``
    public init(_ template: String) throws(FileNameTemplateError) {
        guard !template.isEmpty else { throw .empty }
        guard !template.utf8.contains(UInt8(ascii: "/")) else { throw .slash }
        var parts: [Part] = []
        var rest = template[...]
        while !rest.isEmpty {
            let literal = rest.prefix { $0 != "{" && $0 != "}" }
            if !literal.isEmpty { parts.append(.literal(Self.safe(literal))) }
            rest = rest[literal.endIndex...]
            guard let brace = rest.first else { break }
            guard brace == "{", let end = rest.firstIndex(of: "}") else { throw .unbalanced }
            let name = String(rest[rest.index(after: rest.startIndex)..<end])
            guard let field = Field(rawValue: name) else { throw .unknownField(name) }
            parts.append(.field(field))
            rest = rest[rest.index(after: end)...]
        }
        self.parts = parts
    }

    /// The complete name: at most ``limit`` octets, safe in any shell without quoting, beginning with none of
    /// `-`, `.`, `=` and `~`, ending in `.eml`.
    ///
    /// Where it would be too long, the subject gives way first, then the sender, each cut between characters.
    /// - Parameters:
    ///   - date: INTERNALDATE in seconds since 1970, any value.
    ///   - from: display name or address, decoded, in NFC; `unknown` stands for one without a usable character.
    ///   - subject: decoded, in NFC; `no-subject` stands for one without a usable character.
    ///   - ordinal: 1 for the first message with this tag in the folder; from 2 on the tag is followed by `-2`.
    public func name(
        date: Int64, from: String, subject: String, uid: UInt32, tag: MessageTag, ordinal: Int
    ) -> [UInt8] {
        var ending = [UInt8(ascii: ".")]
        ending.reserveCapacity(32)
        tag.append(to: &ending)
        if ordinal > 1 { ending += Array("-\(ordinal)".utf8) }
        ending += Self.suffix
        let room = Self.limit - ending.count
        if var name = plainStem(date, from, subject, uid, within: room) {
            name += ending
            return name
        }
        var texts = parts.map { part in
            var text: [UInt8] = []
            append(part, date, from, subject, uid, to: &text)
            return text
        }
        shorten(&texts, to: room)
        var stem: [UInt8] = []
        for text in texts { stem += stem.isEmpty ? text.drop(while: Self.mayNotLead) : text[...] }
        if stem.count > room { stem = Self.cut(stem, to: room) }
        return (stem.isEmpty ? Array("message".utf8) : stem) + ending
    }

    /// The parts one behind the other, where nothing has to be taken away from them.
    private func plainStem(
        _ date: Int64, _ from: String, _ subject: String, _ uid: UInt32, within room: Int
    ) -> [UInt8]? {
        var stem: [UInt8] = []
        stem.reserveCapacity(Self.limit)
        for part in parts {
            append(part, date, from, subject, uid, to: &stem)
            guard stem.count <= room else { return nil }
        }
        return stem.first.map(Self.mayNotLead) ?? true ? nil : stem
    }

    private func append(
        _ part: Part, _ date: Int64, _ from: String, _ subject: String, _ uid: UInt32, to text: inout [UInt8]
    ) {
        switch part {
        case .literal(let octets): text += octets
        case .field(.date): FileNameDate.append(date, to: &text)
        case .field(.uid): text += String(uid).utf8
        case .field(.from): Self.append(from, or: "unknown", to: &text)
        case .field(.subject): Self.append(subject, or: "no-subject", to: &text)
        }
    }

    private static func append(_ text: String, or placeholder: String, to octets: inout [UInt8]) {
        let count = octets.count
        ShellSafe.append(text, limit: 2 * limit, to: &octets)
        if octets.count == count { octets += placeholder.utf8 }
    }

    private static let suffix = Array(".eml".utf8)

    /// `=` at the beginning of a word is an expansion in zsh.
    private static func mayNotLead(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: "-") || octet == UInt8(ascii: ".") || octet == UInt8(ascii: "=")
    }

    private func shorten(_ texts: inout [[UInt8]], to room: Int) {
        var excess = texts.reduce(-room) { $0 + $1.count }
        guard excess > 0 else { return }
        for (field, floor) in [(Field.subject, Self.share), (.from, Self.share), (.subject, 1), (.from, 1)] {
            for index in texts.indices.reversed() where parts[index] == .field(field) && excess > 0 {
                let length = texts[index].count
                guard length > floor else { continue }
                texts[index] = Self.cut(texts[index], to: max(floor, length - excess))
                excess -= length - texts[index].count
            }
        }
    }

    /// Between characters, which in US-ASCII are octets; never behind a `-`.
    private static func cut(_ octets: [UInt8], to count: Int) -> [UInt8] {
        guard octets.prefix(count + 1).allSatisfy({ $0 < 0x80 }) else {
            return Array(String(decoding: octets, as: UTF8.self).nameCut(to: count).utf8)
        }
        var kept = octets.prefix(count)
        while kept.last == UInt8(ascii: "-") { kept.removeLast() }
        return Array(kept)
    }

    private static func safe(_ literal: Substring) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in literal.unicodeScalars {
            switch ShellSafe.Kind(scalar) {
            case .letter, .sign: result += UTF8.encode(scalar).map(Array.init) ?? []
            case .mark, .other:
                let octet = UInt8(ascii: scalar == "." ? "." : "-")
                if result.last != octet { result.append(octet) }
            }
        }
        return result
    }
}

/// Why a template for file names cannot be used.
public enum FileNameTemplateError: Error, Hashable, CustomStringConvertible {
    case empty
    /// A file name has no directories.
    case slash
    /// A brace without its partner.
    case unbalanced
    /// Between braces stands none of the known names.
    case unknownField(String)

    public var description: String {
        switch self {
        case .empty: "the file name template is empty"
        case .slash: "a file name template cannot contain '/'"
        case .unbalanced: "the file name template has a brace without its partner"
        case .unknownField(let name):
            "the file name template has no field {\(name)}; there are "
                + FileNameTemplate.Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
        }
    }
}
