internal import Glibc
internal import HTTPFetch
internal import IMAPClient
internal import IMAPCodec
internal import Logging
internal import OAuth2

/// Access tokens for an account's logins, renewed before they end and after one was refused: once for all connections and all mounts.
struct TokenSource: CredentialSource {
    private let account: TokenAccount
    private let keeper: TokenKeeper
    private let renewer: Renewer

    init(_ account: TokenAccount, logger: Logger) {
        self.account = account
        keeper = TokenKeeper(account: account.account)
        renewer = Renewer(account: account, keeper: keeper, logger: logger)
    }

    func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
        .token(octets: try await renewer.token(after: refusal).reveal())
    }

    var renewal: CredentialRenewal { .renewable }

    var version: CredentialVersion? { CredentialVersion(keeper.version) }

    var remedy: String { "run \(account.loginCommand)" }

    private actor Renewer {
        private let account: TokenAccount
        private let keeper: TokenKeeper
        private let logger: Logger
        /// The token that was given last, and how many refusals in succession it has answered for.
        private var given: Secret?
        private var refusals = 0
        private var renewing: Task<TokenKeeper.Kept, any Error>?
        /// What the disk did not take.
        private var unsaved: TokenKeeper.Kept?

        init(account: TokenAccount, keeper: TokenKeeper, logger: Logger) {
            self.account = account
            self.keeper = keeper
            self.logger = logger
        }

        /// - Throws: `CredentialFailure`.
        func token(after refusal: LoginRefusal?) async throws -> Secret {
            // Several connections are told of the same refusal.
            let isRefused = (refusal?.count ?? 0) > refusals
            refusals = refusal?.count ?? 0
            let refused = isRefused ? given : nil
            let kept: TokenKeeper.Kept
            do {
                kept = try known()
            } catch {
                throw error is CredentialFailure ? error : CredentialFailure("\(error)")
            }
            switch kept.tokens.step(now: Int64(time(nil)), refused: refused) {
            case .use(let token): return give(token)
            case .login: throw withdrawn
            case .refresh:
                let renewed = try await renew(refused: refused)
                return give(renewed.tokens.accessToken)
            }
        }

        private func give(_ token: Secret) -> Secret {
            given = token
            return token
        }

        private func known() throws -> TokenKeeper.Kept {
            if let unsaved, (try? keeper.save(unsaved)) != nil { self.unsaved = nil }
            if let unsaved { return unsaved }
            guard let kept = try keeper.load() else {
                throw CredentialFailure("nobody has logged in yet", isFinal: true)
            }
            guard kept.client == account.client.id else {
                throw CredentialFailure("the tokens are those of another client-id", isFinal: true)
            }
            return kept
        }

        private var withdrawn: CredentialFailure {
            CredentialFailure("the consent has ended or was withdrawn", isFinal: true)
        }

        /// One exchange, however many ask for it.
        private func renew(refused: Secret?) async throws -> TokenKeeper.Kept {
            if let renewing { return try await renewing.value }
            let task = Task { try await exchange(refused: refused) }
            renewing = task
            defer { renewing = nil }
            return try await task.value
        }

        private func exchange(refused: Secret?) async throws -> TokenKeeper.Kept {
            do {
                return try await keeper.locked { try await self.exchangeLocked(refused: refused) }
            } catch let error as CredentialFailure {
                throw error
            } catch let error as OAuth2Error {
                throw CredentialFailure("no new token: \(error)", isFinal: !error.mayPass)
            } catch {
                throw CredentialFailure("no new token: \(error)")
            }
        }

        /// The lock is held.
        private func exchangeLocked(refused: Secret?) async throws -> TokenKeeper.Kept {
            // Another mount may have done it meanwhile.
            var kept = try known()
            let now = Int64(time(nil))
            switch kept.tokens.step(now: now, refused: refused) {
            case .use: return kept
            case .login: throw withdrawn
            case .refresh(let token):
                do {
                    let answer = try await TokenEndpoint.ask(kept.endpoint, .refresh(token), client: account.client)
                    kept.tokens.refreshed(answer, now: now)
                    logger.info("a new access token")
                } catch let error as OAuth2Error where error.needsLogin {
                    kept.tokens.withdrawn()
                    try? keeper.save(kept)
                    logger.error("the login has ended (\(error)): run \(account.loginCommand)")
                    throw withdrawn
                } catch {
                    // What there is may do until the server answers again.
                    guard kept.tokens.isUsable(now: now, refused: refused) else { throw error }
                    logger.notice("no new token yet: \(error)")
                    return kept
                }
                do {
                    // Before anybody sees the new ones: the old refresh token may be worth nothing by now.
                    try keeper.save(kept)
                    unsaved = nil
                } catch {
                    unsaved = kept
                    logger.error("the new tokens are not kept: \(error)")
                }
                return kept
            }
        }
    }
}
