/// A part of the mailbox tree (RFC 2342 section 5).
///
/// ```
/// S: * NAMESPACE (("INBOX." ".")) NIL NIL       Namespace(kind: .personal, prefix: "INBOX.", separator: ".")
/// ```
public struct Namespace: Sendable, Hashable {
    public enum Kind: Sendable, Hashable, CaseIterable {
        case personal
        case others
        case shared
    }

    public var kind: Kind
    public var prefix: [UInt8]
    /// nil: flat.
    public var separator: UInt8?

    public init(kind: Kind, prefix: [UInt8], separator: UInt8?) {
        self.kind = kind
        self.prefix = prefix
        self.separator = separator
    }
}
