internal import IMAPValue
internal import MailModel

/// What is written to `user.imap.flags`: a list replaces, words with `+` are added, words with `-` removed. A sign counts for the words
/// behind it, up to the next one.
enum FlagText {
    enum Failure: Error, Hashable {
        /// Cannot be flags (RFC 3501 section 9, `flag`).
        case invalid
        /// `\Deleted` is not set like this: the file is unlinked.
        case deletes
    }

    /// - Throws: `Failure`.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> [FlagChange] {
        var signed: [(sign: UInt8, names: [String])] = []
        var plain: [String] = []
        for var word in bytes.split(whereSeparator: { blanks.contains($0) }).map({ [UInt8]($0) }) {
            if let first = word.first, first == plus || first == minus {
                guard plain.isEmpty else { throw .invalid }
                if signed.last?.sign != first { signed.append((first, [])) }
                word.removeFirst()
            }
            let name = try flag(word)
            if signed.isEmpty { plain.append(name) } else { signed[signed.count - 1].names.append(name) }
        }
        if signed.isEmpty {
            let flags = Flags(names: plain)
            guard !flags.isDeleted else { throw .deletes }
            return [.replace(flags)]
        }
        return try signed.map { sign, names throws(Failure) in
            let flags = Flags(names: names)
            guard sign == plus else { return .remove(flags) }
            guard !flags.isDeleted else { throw .deletes }
            return .add(flags)
        }
    }

    private static let plus = UInt8(ascii: "+")
    private static let minus = UInt8(ascii: "-")
    /// NUL because programs write C strings.
    private static let blanks: Set<UInt8> = [0, 0x20, 0x09, 0x0A, 0x0D]

    /// - Throws: `Failure.invalid`.
    private static func flag(_ word: [UInt8]) throws(Failure) -> String {
        let isExtension = word.first == UInt8(ascii: "\\")
        let atom = isExtension ? Array(word.dropFirst()) : word
        guard !atom.isEmpty, word.count <= 255, atom.allSatisfy(isAtom) else { throw .invalid }
        let name = String(decoding: atom, as: UTF8.self)
        if let known = Flags.System.named.first(where: { $0.name.dropFirst().lowercased() == name.lowercased() }) {
            return known.name
        }
        // Flags of the system that are not known are for servers to make.
        guard !isExtension else { throw .invalid }
        return name
    }

    /// ATOM-CHAR (RFC 3501 section 9).
    private static func isAtom(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !#"(){%*"\]"#.utf8.contains(byte)
    }
}
