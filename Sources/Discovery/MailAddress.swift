/// An address of which only what is needed to find its servers is looked at.
public struct MailAddress: Sendable, Hashable {
    /// Before the `@`.
    public let local: String
    /// In small letters.
    public let domain: String

    public var text: String { "\(local)@\(domain)" }

    /// nil where this is no address that could have servers: no blanks or control characters, a domain that is a host name.
    public init?(_ text: String) {
        guard let at = text.lastIndex(of: "@") else { return nil }
        local = String(text[..<at])
        domain = text[text.index(after: at)...].lowercased()
        guard !local.isEmpty, local.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }),
            HostName.isValid(domain)
        else { return nil }
    }
}

/// Names of hosts, as far as a connection may be made to one that somebody else has written.
public enum HostName {
    /// Letters, digits, hyphens and dots, or letters of other languages; no empty label, at most 253 octets.
    public static func isValid(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy { scalar in
                    scalar == "-" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                }
        }
    }
}
