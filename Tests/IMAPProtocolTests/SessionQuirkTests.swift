import IMAPCodec
import IMAPProtocol
import Testing

@Suite("Session quirks")
struct SessionQuirkTests {
    @Test("are handled as promised", arguments: SessionQuirk.allCases)
    func handled(quirk: SessionQuirk) {
        switch quirk {
        case .claimsEveryMechanism:
            let all = [
                "GSSAPI", "ANONYMOUS", "EXTERNAL", "LOGIN", "PLAIN", "SECURID", "DIGEST-MD5", "CRAM-MD5", "SCRAM-SHA-1",
                "SCRAM-SHA-256", "SAML20", "OPENID20", "GSSAPI",
            ]
            #expect(
                Self.methods(all) == [
                    .authenticate(.plain), .authenticate(.login), .authenticate(.scramSHA256), .loginCommand,
                ])
            // Not so where one of the telling ones is missing.
            let chosen = all.filter { $0 != "OPENID20" }
            #expect(Self.methods(chosen).first == .authenticate(.scramSHA256))
        }
    }

    private static func methods(_ mechanisms: [String]) -> [LoginMethod] {
        LoginMethod.offered(for: .password, by: Capabilities(mechanisms.map { "AUTH=\($0)" }))
    }
}
