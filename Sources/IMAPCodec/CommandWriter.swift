/// Collects the parts of one command, and beside them the line that a log may show.
struct CommandWriter {
    private var parts: [EncodedCommand.Part] = []
    private var bytes: [UInt8] = []
    private var log = ""
    private let capabilities: Capabilities
    private let utf8Accepted: Bool

    init(capabilities: Capabilities, utf8Accepted: Bool) {
        self.capabilities = capabilities
        self.utf8Accepted = utf8Accepted
    }

    /// Text of the grammar itself, and numbers.
    mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        log += text
    }

    ///     atom = 1*ATOM-CHAR
    mutating func write(atom: String) throws(EncodingError) {
        guard !atom.isEmpty, atom.utf8.allSatisfy(isAtomCharacter) else { throw .notAnAtom(atom) }
        write(atom)
    }

    /// A keyword as it came from a server, brackets included.
    ///
    ///     flag = "\Answered" / … / flag-keyword / "\" atom
    mutating func write(flag: String) throws(EncodingError) {
        let name = flag.utf8.first == UInt8(ascii: "\\") ? flag.utf8.dropFirst() : flag.utf8[...]
        guard !name.isEmpty, name.allSatisfy({ isAtomCharacter($0) || $0 == UInt8(ascii: "]") }) else {
            throw .notAnAtom(flag)
        }
        write(flag)
    }

    /// Quoted where that can carry it, else a literal.
    ///
    ///     astring = 1*ASTRING-CHAR / string
    mutating func write(string: [UInt8]) throws(EncodingError) {
        try append(string: string)
        log += "\"" + String(decoding: string, as: UTF8.self) + "\""
    }

    /// Like a string, but a log shows nothing of it.
    mutating func write(secret: Secret) throws(EncodingError) {
        try append(string: secret.reveal())
        log += secret.description
    }

    /// Base64 of octets that a log does not show; `=` for none (RFC 4959 section 3).
    mutating func write(base64 secret: Secret) {
        bytes.append(contentsOf: secret.isEmpty ? [UInt8(ascii: "=")] : Base64.encode(secret.reveal()))
        log += secret.description
    }

    mutating func endLine() {
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    mutating func awaitContinuation() {
        flush()
        parts.append(.awaitContinuation)
    }

    /// A synchronising literal where a refusal would save much, so that a server can refuse before the octets come; a small message is
    /// sent at once where the server takes it (RFC 7888 sections 4 and 5), since each wait costs a round trip.
    mutating func write(content index: Int, octets: UInt64) {
        let bound: UInt64 = capabilities.has(.literalPlus) ? 1 << 20 : capabilities.has(.literalMinus) ? 4_096 : 0
        let isSentAtOnce = bound > 0 && octets <= bound
        write(isSentAtOnce ? "{\(octets)+}" : "{\(octets)}")
        endLine()
        if isSentAtOnce { flush() } else { awaitContinuation() }
        parts.append(.content(index: index, octets: octets))
    }

    /// The command with its last line end.
    mutating func finish() -> EncodedCommand {
        endLine()
        flush()
        return EncodedCommand(parts: parts, description: log)
    }

    private mutating func append(string: [UInt8]) throws(EncodingError) {
        var isASCII = true
        for octet in string {
            guard octet != 0, octet != 0x0D, octet != 0x0A else { throw .unsafeName }
            if octet >= 0x80 { isASCII = false }
        }
        let isQuotable = isASCII || (utf8Accepted && String(validating: string, as: UTF8.self) != nil)
        guard isQuotable, string.count <= CommandWriter.longestQuoted else {
            let isSmall = string.count <= 4_096
            let isAnnounced = capabilities.has(.literalPlus) || capabilities.has(.literalMinus)
            if isSmall, isAnnounced {
                bytes.append(contentsOf: "{\(string.count)+}\r\n".utf8)
            } else {
                bytes.append(contentsOf: "{\(string.count)}\r\n".utf8)
                awaitContinuation()
            }
            bytes.append(contentsOf: string)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for octet in string {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(octet)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Longer ones go as literals: some servers bound a token, others a line.
    private static let longestQuoted = 1_000

    private mutating func flush() {
        guard !bytes.isEmpty else { return }
        parts.append(.bytes(bytes))
        bytes = []
    }
}
