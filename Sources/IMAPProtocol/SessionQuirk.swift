internal import IMAPCodec

/// What a server does otherwise than it says, and what is done about it: who does so, and where that was seen. Each has a test
/// of its name. `Quirk` of IMAPCodec has the same for what is read.
public enum SessionQuirk: String, Sendable, CaseIterable {
    /// GNU mailutils claims every mechanism that its SASL library has, some twice. Its users are known to PLAIN and LOGIN alone:
    /// with SCRAM-SHA-256 it sends salt and count, then refuses the right password too (imap4d 3.15). PLAIN and LOGIN are taken
    /// first there, because a second try after a refusal might lock the account of somebody who only mistyped.
    case claimsEveryMechanism

    /// Mechanisms that nobody offers who has chosen what to offer.
    private static let unchosen: Set<String> = ["ANONYMOUS", "OPENID20", "SAML20", "SECURID"]

    func isShown(by capabilities: Capabilities) -> Bool {
        switch self {
        case .claimsEveryMechanism: Self.unchosen.isSubset(of: capabilities.authentication)
        }
    }
}
