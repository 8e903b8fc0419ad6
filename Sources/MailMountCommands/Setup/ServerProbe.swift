internal import IMAPClient
internal import Logging

/// Looks whether a server is there and proves who it is, without telling it anything.
enum ServerProbe {
    /// Thrown in place of credentials: everything before them went well.
    private struct Reached: Error {}

    private struct NoCredentials: CredentialSource {
        func credentials(after refusal: LoginRefusal?) async throws -> Credentials { throw Reached() }
        var renewal: CredentialRenewal { .fixed }
        var remedy: String { "" }
    }

    /// Why it cannot be used; nil where a login may be tried.
    static func obstacle(_ url: AccountURL, caFile: String?, timeout: Duration = .seconds(6)) async -> String? {
        let configuration = ClientConfiguration(
            endpoint: url.endpoint, user: url.user, credentials: NoCredentials(), caFile: caFile, timeout: timeout,
            logger: Logger(label: "mailmount") { _ in SwiftLogNoOpLogHandler() })
        do {
            let connection = try await IMAPConnection.open(configuration, unsolicited: { _ in }, closed: { _ in })
            connection.close()
            return "it asks for no login"
        } catch is Reached {
            return nil
        } catch {
            return "\(error)"
        }
    }
}
