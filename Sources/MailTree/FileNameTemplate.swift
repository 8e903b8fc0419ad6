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

    /// For whom names are made.
    public enum Style: String, Sendable, Hashable, CaseIterable {
        /// ``ShellSafe``: no name needs quoting.
        case shell
        /// ``PlainText``: for people who look rather than type. Blanks and punctuation stay.
        case plain
    }

    enum Part: Hashable {
        /// In the style already.
        case literal([UInt8])
        case field(Field)
    }

    /// Octets of a complete file name at most.
    public static let limit = 200

    /// Octets that the longest fields keep as long as any other can still give way.
    private static let share = 40

    let parts: [Part]
    let style: Style

    /// `{date}_{from}_{subject}`
    public static let standard = FileNameTemplate(parts: [
        .field(.date), .literal([UInt8(ascii: "_")]), .field(.from), .literal([UInt8(ascii: "_")]), .field(.subject),
    ])

    /// `{subject} - {from}`, plain.
    public static let plain = FileNameTemplate(
        parts: [.field(.subject), .literal(Array(" - ".utf8)), .field(.from)], style: .plain)

    private init(parts: [Part], style: Style = .shell) {
        self.parts = parts
        self.style = style
    }

    /// What there is where no template is given.
    public init(_ style: Style) { self = style == .plain ? .plain : .standard }

    /// Fields are `{date}`, `{from}`, `{subject}` and `{uid}`. What stands between them is kept as far as the style has it: where it is safe in
    /// a shell without quoting (a dot is, anything else becomes `-`), or plain text.
    /// - Throws: ``FileNameTemplateError``
    public init(_ template: String, style: Style = .shell) throws(FileNameTemplateError) {
        guard !template.isEmpty else { throw .empty }
        guard !template.utf8.contains(UInt8(ascii: "/")) else { throw .slash }
        var parts: [Part] = []
        var rest = template[...]
        while !rest.isEmpty {
            let literal = rest.prefix { $0 != "{" && $0 != "}" }
            if !literal.isEmpty {
                parts.append(.literal(style == .plain ? PlainText.literal(literal) : Self.safe(literal)))
            }
            rest = rest[literal.endIndex...]
            guard let brace = rest.first else { break }
            guard brace == "{", let end = rest.firstIndex(of: "}") else { throw .unbalanced }
            let name = String(rest[rest.index(after: rest.startIndex)..<end])
            guard let field = Field(rawValue: name) else { throw .unknownField(name) }
            parts.append(.field(field))
            rest = rest[rest.index(after: end)...]
        }
        self.parts = parts
        self.style = style
    }

    /// The complete name: at most ``limit`` octets, of the characters of its style, beginning with none of
    /// `-`, `.`, `=`, `~`, `#` and blank, ending in `.eml`.
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
        while stem.last == UInt8(ascii: " ") { stem.removeLast() }
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
        return stem.first.map(Self.mayNotLead) ?? true || stem.last == UInt8(ascii: " ") ? nil : stem
    }

    private func append(
        _ part: Part, _ date: Int64, _ from: String, _ subject: String, _ uid: UInt32, to text: inout [UInt8]
    ) {
        switch part {
        case .literal(let octets): text += octets
        case .field(.date): FileNameDate.append(date, to: &text)
        case .field(.uid): text += String(uid).utf8
        case .field(.from): append(from, or: "unknown", to: &text)
        case .field(.subject): append(subject, or: style == .plain ? "no subject" : "no-subject", to: &text)
        }
    }

    private func append(_ text: String, or placeholder: String, to octets: inout [UInt8]) {
        let count = octets.count
        switch style {
        case .shell: ShellSafe.append(text, limit: 2 * Self.limit, to: &octets)
        case .plain: PlainText.append(text, limit: 2 * Self.limit, to: &octets)
        }
        if octets.count == count { octets += placeholder.utf8 }
    }

    private static let suffix = Array(".eml".utf8)

    /// `=` at the beginning of a word is an expansion in zsh, and `#` of a name makes a lock file of it.
    private static func mayNotLead(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "#"), UInt8(ascii: " "): true
        default: false
        }
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
        while kept.last == UInt8(ascii: "-") || kept.last == UInt8(ascii: " ") { kept.removeLast() }
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
