import Foundation
import IMAPCodec
import Testing

@testable import OAuth2

@Suite struct TokenSetTests {
    private func secret(_ text: String) -> Secret { Secret(Array(text.utf8)) }

    private func tokens(_ lifetime: Int64?, refresh: String? = "r1") -> TokenSet {
        TokenSet(
            TokenAnswer(accessToken: secret("a1"), expiresIn: lifetime, refreshToken: refresh.map(secret)),
            now: 1_000_000)
    }

    @Test(
        arguments: [
            (3600, 0, true), (3600, 3479, true), (3600, 3480, false), (3600, 3600, false), (20, 14, true),
            (20, 15, false),
            (4, 2, true), (4, 3, false), (1, 0, false), (3600, -86_401, false),
        ] as [(Int64, Int64, Bool)])
    func areRenewedBeforeTheyEnd(_ lifetime: Int64, _ later: Int64, _ isFresh: Bool) {
        let step = tokens(lifetime).step(now: 1_000_000 + later, refused: nil)
        #expect(step == (isFresh ? .use(secret("a1")) : .refresh(secret("r1"))))
    }

    @Test func withoutAWordOfTheirEndTheyAreUsedUntilRefused() {
        #expect(tokens(nil).step(now: .max, refused: nil) == .use(secret("a1")))
        #expect(tokens(nil).step(now: 1_000_001, refused: secret("a1")) == .refresh(secret("r1")))
        #expect(tokens(nil).step(now: 1_000_001, refused: secret("a0")) == .use(secret("a1")))
    }

    @Test func withoutARefreshTokenTheyLastToTheirEnd() {
        let tokens = tokens(100, refresh: nil)
        #expect(tokens.step(now: 1_000_099, refused: nil) == .use(secret("a1")))
        #expect(tokens.step(now: 1_000_100, refused: nil) == .login)
        #expect(tokens.step(now: 1_000_001, refused: secret("a1")) == .login)
    }

    @Test func aRotatedRefreshTokenTakesTheOldOnesPlace() {
        var tokens = tokens(100)
        tokens.refreshed(TokenAnswer(accessToken: secret("a2"), expiresIn: 100, refreshToken: nil), now: 1_000_090)
        #expect(tokens.refreshToken == secret("r1"))
        #expect(tokens.step(now: 1_000_091, refused: secret("a1")) == .use(secret("a2")))
        tokens.refreshed(
            TokenAnswer(accessToken: secret("a3"), expiresIn: 100, refreshToken: secret("r2")), now: 1_000_180)
        #expect(tokens.step(now: 1_000_280, refused: nil) == .refresh(secret("r2")))
    }

    @Test func whatWasWithdrawnIsNotAskedAgain() {
        var tokens = tokens(100)
        tokens.withdrawn()
        #expect(tokens.step(now: 1_000_001, refused: nil) == .use(secret("a1")))
        #expect(tokens.step(now: 1_000_100, refused: nil) == .login)
        #expect(tokens.step(now: 1_000_001, refused: secret("a1")) == .login)
    }

    @Test func areKeptAndRead() throws {
        var tokens = tokens(100)
        tokens.withdrawn()
        let kept = try JSONEncoder().encode(tokens)
        #expect(try JSONDecoder().decode(TokenSet.self, from: kept) == tokens)
        #expect(!"\(tokens)".contains("a1") && !"\(tokens)".contains("r1"))
    }
}

@Suite struct TokenAnswerTests {
    private func answer(_ json: String) throws -> TokenAnswer {
        try JSONDecoder().decode(TokenAnswer.self, from: Data(json.utf8))
    }

    @Test func reads() throws {
        let answer = try answer(
            #"{"access_token":"abc","token_type":"Bearer","expires_in":3599,"refresh_token":"def","scope":"x"}"#)
        #expect(answer.accessToken == Secret(Array("abc".utf8)))
        #expect(answer.expiresIn == 3599)
        #expect(answer.refreshToken == Secret(Array("def".utf8)))
    }

    /// As some servers write it.
    @Test(
        arguments: [
            (#""3600""#, 3600), ("3600.5", 3600), ("-1", 0), ("1e300", 315_360_000), ("null", nil), ("[]", nil),
            (#""x""#, nil),
        ] as [(String, Int64?)])
    func readsLifetimes(_ text: String, _ seconds: Int64?) throws {
        #expect(try answer("{\"access_token\":\"a\",\"expires_in\":\(text)}").expiresIn == seconds)
    }

    @Test func refusalsAreErrors() {
        let error = #expect(throws: OAuth2Error.self) {
            try answer(#"{"error":"invalid_grant","error_description":"Token\u001b[2J has been revoked."}"#)
        }
        #expect(error?.needsLogin == true)
        #expect(error?.description == "invalid_grant: Token [2J has been revoked.")
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"access_token":1}"#, #"{"access_token":""}"#, #"{"access_token":"a\u0001b"}"#,
        #"{"access_token":"a b"}"#, #"{"access_token":"ä"}"#, "<html>",
    ])
    func refuses(_ json: String) {
        #expect(throws: (any Error).self) { try answer(json) }
    }
}
