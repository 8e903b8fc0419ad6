internal import Foundation
internal import HTTPFetch
internal import OAuth2

/// Questions to an authorization server.
enum TokenEndpoint {
    /// Asks for a token.
    ///
    /// - Throws: `OAuth2Error` where the server refuses, `HTTPError` and `Failure` where it gives no answer that can be understood.
    static func ask(_ url: String, _ request: TokenRequest, client: ClientRegistration) async throws -> TokenAnswer {
        do {
            return try await post(TokenAnswer.self, url, request.body(for: client))
        } catch let error as OAuth2Error where error.code == "invalid_client" && client.header != nil {
            // Every server has to know this way, and some know no other (RFC 6749 section 2.3.1).
            return try await post(
                TokenAnswer.self, url, request.body(for: client, identifies: false), user: client.header)
        }
    }

    /// Asks for a code that the user types elsewhere.
    ///
    /// - Throws: as above.
    static func device(_ server: AuthorizationServer, client: ClientRegistration) async throws -> DeviceAuthorization {
        guard let url = server.deviceEndpoint else {
            throw Failure("\(server.name) has no device flow for mail: log in without --device")
        }
        return try await post(DeviceAuthorization.self, url, DeviceAuthorization.requestBody(server, client))
    }

    /// What an issuer tells of itself (RFC 8414).
    ///
    /// - Throws: `Failure`.
    static func discover(issuer: String, scope: String?) async throws -> AuthorizationServer {
        var reason = "\(issuer) is no https URL"
        for address in ServerMetadata.addresses(ofIssuer: issuer) {
            do {
                let answer = try await HTTPFetch.perform(HTTPRequest(url: address, redirections: 3))
                guard answer.status == 200 else {
                    reason = "\(address) answers \(answer.status)"
                    continue
                }
                let metadata = try JSONDecoder().decode(ServerMetadata.self, from: Data(answer.body))
                return try metadata.server(for: issuer, scope: scope)
            } catch let error as OAuth2Error {
                throw Failure("\(error)")
            } catch is DecodingError {
                reason = "\(address) has no description of an authorization server"
            } catch {
                reason = "\(address): \(error)"
            }
        }
        throw Failure("nothing tells how \(issuer) gives tokens: \(reason)")
    }

    private static func post<Answer: Decodable>(
        _ type: Answer.Type, _ url: String, _ form: String, user: (name: String, password: String)? = nil
    ) async throws -> Answer {
        guard SafeURL.isSafe(url) else { throw HTTPError.notEncrypted(url) }
        let answer = try await HTTPFetch.perform(HTTPRequest(url: url, form: form, user: user))
        do {
            let decoded = try JSONDecoder().decode(type, from: Data(answer.body))
            guard (200..<300).contains(answer.status) else { throw Failure("\(url) answers \(answer.status)") }
            return decoded
        } catch is DecodingError {
            // Its words may repeat what was sent.
            throw Failure("\(url) answers \(answer.status), and nothing that could be a token")
        }
    }
}
