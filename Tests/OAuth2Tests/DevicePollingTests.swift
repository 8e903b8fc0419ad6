import Foundation
import Testing

@testable import OAuth2

@Suite struct DevicePollingTests {
    private func authorization(_ json: String) throws -> DeviceAuthorization {
        try JSONDecoder().decode(DeviceAuthorization.self, from: Data(json.utf8))
    }

    private func polling(_ more: String = "") throws -> DevicePolling {
        DevicePolling(
            try authorization(
                #"{"device_code":"d","user_code":"AB-CD","verification_uri":"https://x.example/","expires_in":60"#
                    + more
                    + "}"), now: 0)
    }

    @Test func asksAsOftenAsTheServerWants() throws {
        var polling = try polling(#","interval":7"#)
        #expect(polling.first == 7)
        #expect(polling.next(after: OAuth2Error(code: "authorization_pending"), now: 7) == .wait(7))
        #expect(polling.next(after: OAuth2Error(code: "slow_down"), now: 14) == .wait(12))
        #expect(polling.next(after: nil, now: 26) == .wait(17))
        #expect(try self.polling().first == 5)
        #expect(try self.polling(#","interval":0"#).first == 1)
    }

    @Test func endsWithTheCodeOrAtARefusal() throws {
        var polling = try polling()
        #expect(polling.next(after: OAuth2Error(code: "authorization_pending"), now: 54) == .wait(5))
        guard case .failed(let late) = polling.next(after: OAuth2Error(code: "authorization_pending"), now: 56) else {
            Issue.record("it goes on")
            return
        }
        #expect(late.code == "expired_token")
        let denied = OAuth2Error(code: "access_denied")
        #expect(polling.next(after: denied, now: 1) == .failed(denied))
    }

    @Test(arguments: [
        "{}", #"{"error":"invalid_client"}"#,
        #"{"device_code":"d","user_code":"\u001b[2J","verification_uri":"https://x.example/"}"#,
        #"{"device_code":"d","user_code":"A","verification_uri":"http://x.example/"}"#,
        #"{"device_code":"d","user_code":"A","verification_uri":"javascript:1"}"#,
    ])
    func refuses(_ json: String) {
        #expect(throws: (any Error).self) { try authorization(json) }
    }
}

@Suite struct ServerMetadataTests {
    private func metadata(_ issuer: String, token: String = "https://i.example/t") throws -> ServerMetadata {
        try JSONDecoder().decode(
            ServerMetadata.self,
            from: Data(
                #"{"issuer":"\#(issuer)","authorization_endpoint":"https://i.example/a","token_endpoint":"\#(token)","scopes_supported":["openid","mail"]}"#
                    .utf8))
    }

    @Test func liesWhereTheRFCHasIt() {
        #expect(
            ServerMetadata.addresses(ofIssuer: "https://i.example/tenant/")
                == [
                    "https://i.example/.well-known/oauth-authorization-server/tenant",
                    "https://i.example/tenant/.well-known/openid-configuration",
                ])
        for issuer in [
            "", "i.example", "http://i.example", "https://", "ftp://i.example", "http://localhost@i.example/",
        ] {
            #expect(ServerMetadata.addresses(ofIssuer: issuer).isEmpty, "\(issuer)")
        }
    }

    @Test func speaksForItselfOnly() throws {
        #expect(try metadata("https://i.example").server(for: "https://i.example/", scope: nil).scope == "openid")
        #expect(try metadata("https://i.example").server(for: "https://i.example", scope: "mail").scope == "mail")
        #expect(throws: OAuth2Error.self) {
            try metadata("https://j.example").server(for: "https://i.example", scope: nil)
        }
        #expect(throws: OAuth2Error.self) {
            try metadata("https://i.example", token: "http://i.example/t").server(for: "https://i.example", scope: nil)
        }
    }

    @Test(arguments: [
        ("https://x.example/", true), ("http://127.0.0.1:80/", true), ("http://[::1]:80/x", true),
        ("http://localhost", true),
        ("http://localhost.example/", false), ("http://127.0.0.1@x.example/", false), ("https://", false),
        ("https:///x", false), ("HTTP://127.0.0.1/", false), ("https://x y", false), ("", false),
    ])
    func knowsWhereSecretsMayGo(_ url: String, _ isSafe: Bool) {
        #expect(SafeURL.isSafe(url) == isSafe)
    }
}
