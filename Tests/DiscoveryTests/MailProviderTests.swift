import Testing

@testable import Discovery

@Suite struct MailProviderTests {
    @Test(arguments: [
        ("gmail.com", "imap.gmail.com"), ("GMAIL.com", "imap.gmail.com"), ("hotmail.com", "outlook.office365.com"),
        ("me.com", "imap.mail.me.com"), ("proton.me", "127.0.0.1"),
    ])
    func knowsDomains(_ domain: String, _ host: String) {
        #expect(MailProvider.of(domain: domain)?.host == host)
    }

    @Test func knowsServersAndExchangers() {
        #expect(MailProvider.serving(host: "imap.gmail.com")?.oauth2 == "google")
        #expect(MailProvider.serving(host: "imap.example.org") == nil)
        #expect(MailProvider.receiving(exchanger: "aspmx.l.google.com")?.name == "Gmail")
        #expect(MailProvider.receiving(exchanger: "example-org.mail.protection.outlook.com")?.name == "Outlook")
        #expect(MailProvider.receiving(exchanger: "evilgoogle.com") == nil)
    }

    /// What one entry says is not said by another, and every page is one that may be opened.
    @Test func theTableHoldsTogether() {
        let domains = MailProvider.known.flatMap(\.domains)
        #expect(Set(domains).count == domains.count)
        for provider in MailProvider.known {
            #expect(provider.credentials.contains(.oauth2) == (provider.oauth2 != nil), "\(provider.name)")
            #expect(provider.passwordPage?.hasPrefix("https://") ?? true, "\(provider.name)")
            #expect(!provider.domains.isEmpty && !provider.advice.isEmpty, "\(provider.name)")
        }
    }
}
