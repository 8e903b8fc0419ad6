/// What a mailbox is for (RFC 6154 section 2).
///
/// ```
/// S: * LIST (\HasNoChildren \Sent) "/" "Sent Messages"       .sent
/// ```
public enum SpecialUse: String, Hashable, Sendable, CaseIterable {
    case all = #"\All"#
    case archive = #"\Archive"#
    case drafts = #"\Drafts"#
    case flagged = #"\Flagged"#
    case important = #"\Important"#
    case junk = #"\Junk"#
    case sent = #"\Sent"#
    case trash = #"\Trash"#

    /// From a LIST attribute in any case (Cyrus writes `\drafts`).
    public init?(attribute: some StringProtocol) {
        let lower = attribute.lowercased()
        guard let found = SpecialUse.allCases.first(where: { $0.rawValue.lowercased() == lower }) else { return nil }
        self = found
    }
}
