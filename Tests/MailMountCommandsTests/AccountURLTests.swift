import IMAPClient
import Testing

@testable import MailMountCommands

@Suite struct AccountURLTests {
    struct Good: Sendable {
        var text: String
        var user: String
        var host: String
        var port: UInt16
        var security: Endpoint.Security
    }

    @Test(arguments: [
        Good(
            text: "imaps://alice@mail.example.org", user: "alice", host: "mail.example.org", port: 993,
            security: .implicit),
        Good(
            text: "imap://alice@mail.example.org", user: "alice", host: "mail.example.org", port: 143,
            security: .startTLS),
        Good(text: "IMAPS://alice@example.org/", user: "alice", host: "example.org", port: 993, security: .implicit),
        Good(
            text: "imaps://alice@example.org:1993", user: "alice", host: "example.org", port: 1993, security: .implicit),
        Good(text: "imaps://a@b.org@example.org", user: "a@b.org", host: "example.org", port: 993, security: .implicit),
        Good(
            text: "imaps://a%40b.org@example.org", user: "a@b.org", host: "example.org", port: 993, security: .implicit),
        Good(text: "imaps://a%3Ab@example.org", user: "a:b", host: "example.org", port: 993, security: .implicit),
        Good(text: "imap://alice@[::1]:1143", user: "alice", host: "::1", port: 1143, security: .startTLS),
        Good(text: "imaps://alice@[2001:db8::1]", user: "alice", host: "2001:db8::1", port: 993, security: .implicit),
    ])
    func reads(_ good: Good) throws {
        let url = try AccountURL(good.text)
        #expect(url.user == good.user)
        #expect(url.endpoint == Endpoint(host: good.host, port: good.port, security: good.security))
        #expect(url.account == "\(good.user)@\(good.host):\(good.port)")
        #expect(try AccountURL(url.text) == url, "written, it is \(url.text)")
    }

    @Test(arguments: [
        ("", "not an account"), ("alice@example.org", "not an account"), ("pop3://alice@example.org", "not an account"),
        ("imaps://example.org", "names no user"), ("imaps://@example.org", "names no user"),
        ("imaps://alice@", "names no host"), ("imaps://alice@exam ple", "names no host"),
        ("imaps://alice@example.org/INBOX", "names no host"), ("imaps://alice@example.org:", "not a port"),
        ("imaps://alice@example.org:0", "not a port"), ("imaps://alice@example.org:65536", "not a port"),
        ("imaps://alice@example.org:x", "not a port"), ("imaps://alice:sesame@example.org", "--password-command"),
    ])
    func refuses(_ text: String, _ reason: String) {
        let error = #expect(throws: UsageError.self) { try AccountURL(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        "ftp://alice:sesame@example.org", "imaps://alice:sesame", "imaps://alice:sesame@example.org",
        "imaps://alice:sesame@", "alice://x:sesame@y",
    ])
    func repeatsNoPassword(_ text: String) {
        let error = #expect(throws: UsageError.self) { try AccountURL(text) }
        #expect(error?.description.contains("sesame") == false)
    }
}
