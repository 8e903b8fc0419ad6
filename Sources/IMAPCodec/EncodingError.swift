/// A command that must not be sent as it was asked for. Nothing of it has been sent.
public enum EncodingError: Error, Hashable, Sendable {
    /// A name or another argument contains CR, LF or NUL, which could become a command of its own.
    case unsafeName
    /// Not an atom where only an atom can stand: a tag, flag, mechanism, capability or header field name.
    case notAnAtom(String)
    /// A command about no messages, or one that lacks its items.
    case empty
    /// Arguments that exclude each other, or a value out of its range.
    case contradictory(String)
}
