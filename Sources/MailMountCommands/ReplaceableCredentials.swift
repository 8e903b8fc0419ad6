internal import IMAPClient
internal import IMAPCodec
internal import Synchronization

/// Credentials whose source can be another one from now on. Where a login was refused that counts as a change: it is tried again.
final class ReplaceableCredentials: CredentialSource {
    private struct State {
        var source: any CredentialSource
        var replacements = 0
    }

    private let state: Mutex<State>

    init(_ source: any CredentialSource) { state = Mutex(State(source: source)) }

    func replace(by source: any CredentialSource) {
        state.withLock { state in
            state.source = source
            state.replacements += 1
        }
    }

    private var source: any CredentialSource { state.withLock { $0.source } }

    func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
        try await source.credentials(after: refusal)
    }

    var renewal: CredentialRenewal { source.renewal }

    var version: CredentialVersion? {
        let (source, replacements) = state.withLock { ($0.source, $0.replacements) }
        return CredentialVersion("\(replacements) \(source.version.map { "\($0.hashValue)" } ?? "")")
    }

    var remedy: String { source.remedy }
}
