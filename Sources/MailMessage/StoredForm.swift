/// What servers make of a message when they store it, taken off again: two texts of the same form are one message, stored by servers that
/// keep it as it is or do not. Some add fields to a header besides.
///
/// Seen so far: line ends made CRLF or LF, or a bare CR dropped; the last line end added; octets of header fields above 127 made `X`; a NUL
/// made 0x80; header fields folded anew; a line `From ` or an empty line before the header, and fields of mailbox files (`Status`, `X-UID`,
/// ...) taken out or put in. The octets of the body decide, and those of the fields: that two texts have one Message-ID and date is not
/// enough.
///
/// ```swift
/// StoredForm(uploaded) == StoredForm(fetched)
/// ```
public struct StoredForm: Hashable, Sendable {
    private var fields: [[UInt8]] = []
    /// What is left of the body: of one message it is the same, wherever it is stored.
    public private(set) var body: [UInt8] = []

    /// Takes time and room in proportion to the text.
    public init(_ text: [UInt8]) {
        body.reserveCapacity(text.count)
        var line: [UInt8] = []
        var isHeader = true
        func end(_ form: inout StoredForm) {
            if isHeader {
                isHeader = form.takeField(line)
            } else {
                form.body += line
                form.body.append(0x0A)
            }
            line.removeAll(keepingCapacity: true)
        }
        for octet in text {
            switch octet {
            case 0x0A: end(&self)
            case 0x0D: break
            case 0: line.append(0x80)
            default: line.append(octet)
            }
        }
        if !line.isEmpty { end(&self) }
        while body.last == 0x0A { body.removeLast() }
        fields = fields.filter { !Self.isOfMailbox($0) }.map(Self.plain)
    }

    /// The same without its body.
    public var header: StoredForm {
        var header = self
        header.body = []
        return header
    }

    /// Whether a stored text can be this one: the same but for fields that were added to its header.
    public func isKept(in stored: StoredForm) -> Bool {
        guard body == stored.body, fields.count <= stored.fields.count else { return false }
        var rest = fields[...]
        for field in stored.fields where field == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }

    /// - Returns: whether the header goes on.
    private mutating func takeField(_ line: [UInt8]) -> Bool {
        if fields.isEmpty, line.isEmpty || line.starts(with: Array("From ".utf8)) { return true }
        guard let first = line.first else { return false }
        if first == 0x20 || first == 0x09, !fields.isEmpty {
            fields[fields.count - 1] += [0x20] + line
        } else {
            fields.append(line)
        }
        return true
    }

    private static let namesOfMailbox = ["status", "x-status", "x-uid", "x-keywords", "x-imap", "x-imapbase"].map {
        Array($0.utf8)
    }

    private static func isOfMailbox(_ field: [UInt8]) -> Bool {
        let name = field.prefix { $0 != 0x3A }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return namesOfMailbox.contains(name)
    }

    /// Blanks are one, and what is not ASCII is `X`.
    private static func plain(_ field: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for octet in field {
            if octet == 0x20 || octet == 0x09 {
                if result.last != 0x20 { result.append(0x20) }
            } else {
                result.append(octet < 0x80 ? octet : 0x58)
            }
        }
        while result.last == 0x20 { result.removeLast() }
        return result
    }
}
