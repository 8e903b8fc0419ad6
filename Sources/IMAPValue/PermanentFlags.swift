/// The flags of a mailbox that a client can change for longer than its session (RFC 3501 section 7.1, PERMANENTFLAGS).
///
/// ```
/// S: * OK [PERMANENTFLAGS (\Seen \*)] Limited       keeps \Seen and every keyword, not \Deleted
/// ```
public struct PermanentFlags: Hashable, Sendable {
    public var flags: Flags
    /// `\*`: keywords that the mailbox does not have yet.
    public var allowsNew: Bool

    public init(_ flags: Flags, allowsNew: Bool) {
        self.flags = flags
        self.allowsNew = allowsNew
    }

    /// Whether all of these last.
    public func keeps(_ others: Flags) -> Bool {
        guard flags.system.isSuperset(of: others.system) else { return false }
        guard !allowsNew else { return true }
        let known = Set(flags.keywords.map { $0.lowercased() })
        return others.keywords.allSatisfy { known.contains($0.lowercased()) }
    }
}
