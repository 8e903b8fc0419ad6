import Testing

@testable import Discovery

@Suite struct ClientConfigurationTests {
    private let address = MailAddress("jo.doe@example.org")

    private func candidates(_ servers: String) throws -> [ServerCandidate] {
        ClientConfiguration.candidates(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <clientConfig version="1.1"><emailProvider id='example.org'>
              <domain>example.org</domain><displayName>A &amp; B &#x263A;</displayName>
              \(servers)
              <outgoingServer type="smtp"><hostname>smtp.example.org</hostname></outgoingServer>
            </emailProvider></clientConfig>
            """, for: try #require(address), origin: .database)
    }

    @Test func readsServers() throws {
        let found = try candidates(
            """
            <incomingServer type="pop3"><hostname>pop.example.org</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
            <incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
              <authentication>OAuth2</authentication><authentication>password-cleartext</authentication>
              <username>%EMAILLOCALPART%</username></incomingServer>
            <incomingServer type="imap"><hostname>imap2.example.org</hostname><port>143</port>
              <socketType>STARTTLS</socketType><username><![CDATA[%EMAILADDRESS%]]></username></incomingServer>
            """)
        #expect(
            found == [
                ServerCandidate(
                    host: "imap.example.org", port: 993, isImplicit: true, user: "jo.doe", origin: .database,
                    authentication: ["OAuth2", "password-cleartext"]),
                ServerCandidate(
                    host: "imap2.example.org", port: 143, isImplicit: false, user: "jo.doe@example.org",
                    origin: .database),
            ])
    }

    /// No password goes over a line that others read, nor to what is no host.
    @Test(arguments: [
        ("plain", "imap.example.org", "143"), ("", "imap.example.org", "143"), ("SSL", "", "993"),
        ("SSL", "a b", "993"), ("SSL", "evil.example/x", "993"), ("SSL", "imap.example.org", "0"),
        ("SSL", "imap.example.org", "99999"), ("SSL", "user@evil", "993"), ("SSL", "-x", "993"),
    ])
    func leavesOut(_ type: String, _ host: String, _ port: String) throws {
        #expect(
            try candidates(
                "<incomingServer type='imap'><hostname>\(host)</hostname><port>\(port)</port><socketType>\(type)</socketType></incomingServer>"
            ).isEmpty)
    }

    @Test(arguments: [
        "", "<", "<a>", "<a></b>", "<a x></a>", "<a x=1/>", "<a x='1' x='2'/>", "<a>&lol;</a>", "<a>&#x110000;</a>",
        "<a/><b/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a><!ENTITY></a>", "<a>\(String(repeating: "<b>", count: 100))",
        "text", "<a><![CDATA[", "<!-- ", "<?xml", "<a b='<'/>", "{\"json\": true}",
    ])
    func refusesWhatIsNoDocument(_ text: String) {
        #expect(throws: (any Error).self) { try XMLReader.document(text) }
    }

    @Test(arguments: [
        ("a@b.org", true), ("a b@c.org", false), ("@b.org", false), ("a@", false), ("a", false), ("a@b..org", false),
        ("a@b.org/", false), ("a@-b.org", false), ("a@b_c.org", false), ("a@münchen.example", true),
        ("x@y@z.org", true),
        ("a@b.org\n", false),
    ])
    func knowsAddresses(_ text: String, _ isAddress: Bool) {
        #expect((MailAddress(text) != nil) == isAddress)
    }

    @Test func namesFromTheResolverAreDoubted() throws {
        func candidate(_ host: String, _ origin: ServerCandidate.Origin) -> ServerCandidate {
            ServerCandidate(host: host, port: 993, isImplicit: true, user: "a", origin: origin)
        }
        #expect(candidate("imap.example.org", .serviceRecord).isVouchedFor(domain: "example.org"))
        #expect(candidate("EXAMPLE.org", .serviceRecord).isVouchedFor(domain: "example.org"))
        #expect(!candidate("evilexample.org", .serviceRecord).isVouchedFor(domain: "example.org"))
        #expect(!candidate("imap.gmail.com", .exchanger("Gmail")).isVouchedFor(domain: "example.org"))
        #expect(candidate("imap.other.net", .database).isVouchedFor(domain: "example.org"))
        #expect(ServerCandidate.guesses(try #require(address)).first?.host == "imap.example.org")
    }
}
