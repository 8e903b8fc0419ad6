internal import IMAPClient

/// Credentials that are asked for when something else has happened.
struct AwaitedCredentials: CredentialSource {
    let source: any CredentialSource
    let before: @Sendable () async throws -> Void

    func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
        try await before()
        return try await source.credentials(after: refusal)
    }

    var renewal: CredentialRenewal { source.renewal }
    var version: CredentialVersion? { source.version }
    var remedy: String { source.remedy }
}
