internal import MailTree

/// The name of a message in `cur` or `new`: what tells it from all others, and the flags.
///
/// What tells it is made of its name in its folder, without `.eml`, so that one is found by the other and nothing has to be remembered:
///
/// - `x.k7f3qa.eml`, a name that the mount gave, is `x.k7f3qa,S=4711`, with the size as Maildir++ has it; a `,` before that is `%2C`, because
///   programs take what is before the first one for what tells messages apart.
/// - Any other `x.eml` is `x`: names that programs gave stay as they gave them. What a program gives that looks as if the mount had given
///   it, `x.k7f3qa`, is `x.k7f3qa,.eml` in the folder.
/// - What does not end in `.eml` has a `%` at its end.
struct MaildirMessageName: Hashable, Sendable {
    /// As it is shown.
    var unique: [UInt8]
    /// nil where there is no `:2,`.
    var flags: MaildirFlags?

    private static let colon = UInt8(ascii: ":")
    private static let comma = UInt8(ascii: ",")
    private static let percent = UInt8(ascii: "%")
    private static let mark = Array(":2,".utf8)
    private static let sizeMark = Array(",S=".utf8)
    private static let suffix = Array(".eml".utf8)

    init(unique: [UInt8], flags: MaildirFlags?) {
        self.unique = unique
        self.flags = flags
    }

    /// - Parameter name: of a file in `cur` or `new`; nil for one that can be no message's.
    init?(_ name: [UInt8]) {
        let end = name.firstIndex(of: Self.colon) ?? name.endIndex
        unique = Array(name[..<end])
        let rest = name[end...]
        guard let first = unique.first, first != UInt8(ascii: ".") else { return nil }
        if rest.isEmpty || rest.elementsEqual(":".utf8) {
            flags = nil
        } else if rest.starts(with: Self.mark) {
            flags = MaildirFlags(letters: rest.dropFirst(Self.mark.count))
        } else {
            return nil
        }
    }

    /// Of a file in `cur`.
    var octets: [UInt8] { unique + Self.mark + (flags?.text ?? []) }

    // MARK: - From the folder

    /// - Parameters:
    ///   - name: the message's in its folder.
    ///   - isTaken: whether a message that the mount gave its name has, or would have, what is shown of this one.
    static func unique(of name: some Collection<UInt8>, size: UInt64, isTaken: Bool = false) -> [UInt8] {
        let name = Array(name)
        guard name.count > suffix.count, name.suffix(suffix.count).elementsEqual(suffix), !isTaken else {
            return MaildirEscape.given.shown(name) + [percent]
        }
        let base = name.dropLast(suffix.count)
        if isMade(base) { return MaildirEscape.made.shown(base) + sizeMark + Array("\(size)".utf8) }
        if base.last == comma, isMade(trimmed(base)) { return MaildirEscape.given.shown(base.dropLast()) }
        return MaildirEscape.given.shown(base)
    }

    /// The name that a message has in its folder whose own would be shown the same as that of this one; nil where there is none.
    static func rival(of name: some Collection<UInt8>) -> (name: [UInt8], size: UInt64)? {
        let name = Array(name)
        guard name.suffix(suffix.count).elementsEqual(suffix),
            let (base, size) = made(MaildirEscape.given.shown(name.dropLast(suffix.count)))
        else { return nil }
        return (base + suffix, size)
    }

    // MARK: - To the folder

    /// A name that a message may have in its folder, and the size that it must have then.
    struct Candidate: Hashable, Sendable {
        var name: [UInt8]
        var size: UInt64?
    }

    /// The likeliest first; empty where nothing is shown so.
    var candidates: [Candidate] {
        if unique.last == Self.percent {
            return MaildirEscape.given.read(unique.dropLast()).map { [Candidate(name: $0)] } ?? []
        }
        var result: [Candidate] = []
        let made = Self.made(unique)
        if let made { result.append(Candidate(name: made.base + Self.suffix, size: made.size)) }
        if let base = MaildirEscape.given.read(unique) { result.append(Candidate(name: Self.stored(base))) }
        // The size that a server claims may turn out to be wrong: by the name that it had until then the message is found as well.
        if let made { result.append(Candidate(name: made.base + Self.suffix)) }
        return result
    }

    /// The name in its folder for a message that is to be shown so; nil where none can be, or only one that is no message's, or that has
    /// control characters.
    ///
    /// - Parameter size: the message's, where it has one already.
    func stored(size: UInt64?) -> [UInt8]? {
        guard let name = unchecked(size: size), FileKind(name: name) == .message,
            name.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return name
    }

    private func unchecked(size: UInt64?) -> [UInt8]? {
        if unique.last == Self.percent {
            guard let name = MaildirEscape.given.read(unique.dropLast()), !name.isEmpty else { return nil }
            // Else it would be shown without the mark.
            return name.suffix(Self.suffix.count).elementsEqual(Self.suffix) && Self.rival(of: name) == nil ? nil : name
        }
        if let size, let made = Self.made(unique), made.size == size { return made.base + Self.suffix }
        guard let base = MaildirEscape.given.read(unique), !base.isEmpty else { return nil }
        return Self.stored(base)
    }

    private static func stored(_ base: [UInt8]) -> [UInt8] {
        base + (isMade(trimmed(base[...])) ? [comma] : []) + suffix
    }

    // MARK: - Parts of names

    /// Without the commas at its end.
    private static func trimmed(_ base: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var base = base
        while base.last == comma { base.removeLast() }
        return base
    }

    /// The name that the mount gave, and the size, of what is shown so; nil where it gave none.
    private static func made(_ unique: [UInt8]) -> (base: [UInt8], size: UInt64)? {
        var rest = unique[...]
        while let last = rest.last, isDigit(last) { rest.removeLast() }
        let digits = unique[rest.endIndex...]
        guard let size = UInt64(String(decoding: digits, as: UTF8.self)), "\(size)".utf8.elementsEqual(digits),
            rest.suffix(sizeMark.count).elementsEqual(sizeMark),
            let base = MaildirEscape.made.read(rest.dropLast(sizeMark.count)), isMade(base[...])
        else { return nil }
        return (base, size)
    }

    /// Whether it ends as what the mount gives: `.`, six characters of the message's identity, and perhaps `-2`.
    private static func isMade(_ base: ArraySlice<UInt8>) -> Bool {
        var rest = base
        while let last = rest.last, isDigit(last) { rest.removeLast() }
        if rest.endIndex < base.endIndex, rest.last == UInt8(ascii: "-") {
            rest.removeLast()
        } else {
            rest = base
        }
        guard rest.count > 7, rest.suffix(6).allSatisfy(isOfTag) else { return false }
        return rest.dropLast(6).last == UInt8(ascii: ".")
    }

    private static func isDigit(_ octet: UInt8) -> Bool { octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") }

    /// As `MessageTag` has them.
    private static func isOfTag(_ octet: UInt8) -> Bool {
        isDigit(octet)
            || (octet >= UInt8(ascii: "a") && octet <= UInt8(ascii: "z") && !"ilou".utf8.contains(octet))
    }
}
