import Digest
import Testing

@testable import OAuth2

@Suite struct AuthorizationRequestTests {
    private let server = AuthorizationServer(
        name: "test", issuer: "https://issuer.example", authorizationEndpoint: "https://issuer.example/authorize",
        tokenEndpoint: "https://issuer.example/token", scope: "mail offline", further: ["prompt": "consent"])

    private var request: AuthorizationRequest {
        AuthorizationRequest(
            server: server, client: ClientRegistration(id: "id&1"), redirectURI: "http://127.0.0.1:4711/", state: "s-1",
            key: ProofKey(random: [UInt8](repeating: 7, count: 32), sha256: SHA256.hash), loginHint: "a@b.example")
    }

    @Test func saysWhoAsksForWhat() {
        let fields = FormText.decode(String(request.url.split(separator: "?")[1]))
        #expect(request.url.hasPrefix("https://issuer.example/authorize?"))
        let wanted = [
            "response_type": "code", "client_id": "id&1", "redirect_uri": "http://127.0.0.1:4711/",
            "scope": "mail offline", "state": "s-1", "code_challenge_method": "S256", "login_hint": "a@b.example",
            "prompt": "consent", "code_challenge": request.key.challenge,
        ]
        #expect(Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) }) == wanted)
        #expect(!request.url.contains(request.key.verifier))
    }

    /// RFC 7636 appendix B.
    @Test func provesAsTheRFCDoes() {
        let octets: [UInt8] = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ]
        let key = ProofKey(random: octets, sha256: SHA256.hash)
        #expect(key.verifier == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(key.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func takesItsOwnAnswerOnly() throws {
        #expect(try request.code(fromQuery: "state=s-1&code=a%2Fb") == "a/b")
        #expect(try request.code(fromQuery: "code=x&state=s-1&iss=https%3A%2F%2Fissuer.example") == "x")
        for query in [
            "", "code=x", "state=s-2&code=x", "state=s-1", "state=s-1&code=", "state=s-1&state=s-1&code=x",
            "state=s-1&code=x&code=y", "state=s-1&code=x&iss=https%3A%2F%2Fother.example",
            "state=s-2&error=access_denied",
        ] {
            #expect(try request.code(fromQuery: query) == nil, "\(query)")
        }
    }

    @Test func saysWhoAsksInTheBodyOrInTheHeader() {
        let client = ClientRegistration(id: "id&1", secret: "s p")
        let request = TokenRequest.code("c/d", redirectURI: "http://127.0.0.1:1/", verifier: "v")
        #expect(
            request.body(for: client)
                == "grant_type=authorization_code&code=c%2Fd&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&code_verifier=v&client_id=id%261&client_secret=s%20p"
        )
        #expect(!request.body(for: client, identifies: false).contains("client"))
        #expect(client.header?.name == "id%261" && client.header?.password == "s%20p")
        #expect(ClientRegistration(id: "x").header == nil)
    }

    @Test func aRefusalIsAnError() {
        let error = #expect(throws: OAuth2Error.self) {
            try request.code(fromQuery: "error=access_denied&error_description=The+user+said+no&state=s-1")
        }
        #expect(error?.description == "access_denied: The user said no")
    }

    @Test func formsAreReadAsTheyAreWritten() {
        let fields = [("a b", "c&d=e"), ("ü", "日本"), ("", "%")]
        let read = FormText.decode(FormText.encode(fields))
        #expect(read.map(\.name) == fields.map(\.0) && read.map(\.value) == fields.map(\.1))
        for hostile in ["%", "%4", "a=%GG", "&&&", "=", "a=%FF", "a=%+1"] { _ = FormText.decode(hostile) }
        #expect(FormText.decode("a=%FF&b=1&c").map(\.name) == ["b"])
    }
}
