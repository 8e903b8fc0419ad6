internal import MailModel

/// The value of `user.gmail.labels`: labels with blanks between them. One that has a blank or a quote in it, or begins with a sign, stands
/// in double quotes, with a backslash before each `"` and `\` in it. Written, a list replaces, a label with `+` is added, one with `-`
/// removed; a sign counts for the labels behind it, up to the next one.
///
/// ```
/// \Important \Inbox "Muy Importante" Work
/// +"Muy Importante" -Work
/// ```
enum LabelText {
    enum Failure: Error, Hashable {
        /// Cannot be labels, or is none that a client gives.
        case invalid
        /// A message goes to Trash and to Spam, and is then nowhere else: the file is unlinked, or moved.
        case moves
    }

    /// What was written.
    enum Edit: Hashable {
        case replace(Labels)
        case change([LabelChange])
    }

    static func text(_ labels: Labels) -> String { labels.names.map(word).joined(separator: " ") }

    private static func word(_ name: String) -> String {
        // By octets: what has a combining mark behind it is the same blank.
        let signs: [UInt8] = [UInt8(ascii: "+"), UInt8(ascii: "-")]
        guard
            name.utf8.contains(where: { $0 == 0x20 || $0 == UInt8(ascii: "\"") })
                || name.utf8.first.map(signs.contains) == true
        else { return name }
        var quoted = "\""
        for character in name.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }

    /// - Throws: `Failure.invalid`.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Edit {
        var words = LabelWords(bytes)
        var plain: [String] = []
        var signed: [(isAdded: Bool, names: [String])] = []
        while let (sign, name) = try words.next() {
            guard Labels.isName(name) else { throw .invalid }
            if let sign {
                guard plain.isEmpty else { throw .invalid }
                if signed.last?.isAdded != sign { signed.append((sign, [])) }
            }
            if signed.isEmpty {
                plain.append(canonical(name))
            } else {
                signed[signed.count - 1].names.append(canonical(name))
            }
            guard plain.count <= Labels.most, signed.reduce(0, { $0 + $1.names.count }) <= Labels.most else {
                throw .invalid
            }
        }
        if signed.isEmpty { return .replace(Labels(plain)) }
        return .change(signed.map { $0.isAdded ? .add(Labels($0.names)) : .remove(Labels($0.names)) })
    }

    /// Labels of the system that can be given to a message.
    private static let given = [#"\Inbox"#, #"\Sent"#, #"\Draft"#, #"\Starred"#, #"\Important"#, #"\Muted"#]
    private static let places = [#"\Trash"#, #"\Spam"#]

    private static func canonical(_ name: String) -> String {
        (given + places).first { $0.lowercased() == name.lowercased() } ?? name
    }

    /// The labels that a message has after an edit.
    ///
    /// - Throws: `Failure`, where it would get one that is not given so. What it has may be written back.
    static func applied(_ edit: Edit, to seen: Labels) throws(Failure) -> Labels {
        let wanted =
            switch edit {
            case .replace(let labels): labels
            case .change(let changes): changes.reduce(seen) { $1.applied(to: $0) }
            }
        for name in wanted.subtracting(seen).names where name.hasPrefix("\\") {
            if places.contains(name) { throw .moves }
            guard given.contains(name) else { throw .invalid }
        }
        return wanted
    }
}

/// Takes the words of a value one after the other.
private struct LabelWords {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// NUL because programs write C strings.
    private static let blanks: Set<UInt8> = [0, 0x20, 0x09, 0x0A, 0x0D]
    private static let quote = UInt8(ascii: "\"")

    private var isAtEnd: Bool { current.map(Self.blanks.contains) ?? true }

    /// - Returns: nil at the end; `sign` is whether a label is added, where one of the two signs stands before it.
    mutating func next() throws(LabelText.Failure) -> (sign: Bool?, name: String)? {
        while let octet = current, Self.blanks.contains(octet) { offset += 1 }
        guard let first = current else { return nil }
        var sign: Bool?
        if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
            sign = first == UInt8(ascii: "+")
            offset += 1
        }
        let octets = current == Self.quote ? try quoted() : try plain()
        guard let name = String(validating: octets, as: UTF8.self) else { throw .invalid }
        return (sign, name)
    }

    private mutating func plain() throws(LabelText.Failure) -> [UInt8] {
        var octets: [UInt8] = []
        while !isAtEnd, let octet = current {
            guard octet != Self.quote else { throw .invalid }
            octets.append(octet)
            offset += 1
        }
        return octets
    }

    private mutating func quoted() throws(LabelText.Failure) -> [UInt8] {
        var octets: [UInt8] = []
        offset += 1
        while let octet = current, octet != Self.quote {
            offset += 1
            guard octet == UInt8(ascii: "\\") else {
                octets.append(octet)
                continue
            }
            guard let escaped = current else { throw .invalid }
            octets.append(escaped)
            offset += 1
        }
        guard current == Self.quote else { throw .invalid }
        offset += 1
        guard isAtEnd else { throw .invalid }
        return octets
    }
}
