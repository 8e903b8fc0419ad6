/// The capabilities of a server at one moment: void after STARTTLS and after login (RFC 3501 section 6.1.1).
///
/// ```
/// S: * CAPABILITY IMAP4rev1 idle AUTH=PLAIN       has(.idle), authentication == ["PLAIN"]
/// ```
public struct Capabilities: Sendable, Hashable {
    /// All names, in upper case.
    public let names: Set<String>

    /// Nothing known, or nothing offered.
    public static let none = Capabilities([])

    /// From names in any case.
    public init(_ names: some Sequence<String>) {
        self.names = Set(names.lazy.filter { !$0.isEmpty }.map { $0.uppercased() })
    }

    /// Whether the server offers it by name, or by offering IMAP4rev2, which contains it (RFC 9051 appendix E).
    public func has(_ capability: Capability) -> Bool {
        if names.contains(capability.rawValue) { return true }
        return Capabilities.partOfRev2.contains(capability) && names.contains(Capability.imap4rev2.rawValue)
    }

    /// Names of SASL mechanisms, in upper case.
    public var authentication: Set<String> {
        Set(names.lazy.filter { $0.hasPrefix("AUTH=") }.map { String($0.dropFirst(5)) }.filter { !$0.isEmpty })
    }

    /// Octets that one message may have in every mailbox (RFC 7889); nil when unknown or different by mailbox.
    public var appendLimit: UInt64? {
        names.lazy.filter { $0.hasPrefix("APPENDLIMIT=") }.compactMap { UInt64($0.dropFirst(12)) }.min()
    }

    private static let partOfRev2: Set<Capability> = [
        .namespace, .unselect, .uidPlus, .esearch, .searchRes, .enable, .idle, .saslIR, .listExtended, .listStatus,
        .move, .literalMinus, .specialUse, .statusSize, .children,
    ]
}
