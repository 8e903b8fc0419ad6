internal import Glibc
internal import HTTPFetch
internal import OAuth2

/// Consent on another device, where a short code is typed (RFC 8628).
enum DeviceLogin {
    /// - Throws: `OAuth2Error` where consent was not given, `Failure` and `HTTPError`.
    static func run(_ account: TokenAccount, _ server: AuthorizationServer) async throws -> TokenAnswer {
        let authorization = try await TokenEndpoint.device(server, client: account.client)
        print(
            "Open \(authorization.verificationURI) on any device and type this code:\n\n  \(authorization.userCode)\n")
        fflush(nil)
        let start = ContinuousClock.now
        func now() -> Int64 { (ContinuousClock.now - start).components.seconds }
        var polling = DevicePolling(authorization, now: now())
        var pause = polling.first
        while true {
            try await Task.sleep(for: .seconds(pause))
            var refusal: OAuth2Error?
            do {
                return try await TokenEndpoint.ask(
                    server.tokenEndpoint, .device(code: polling.code), client: account.client)
            } catch let error as OAuth2Error {
                refusal = error
            } catch let error as HTTPError {
                guard case .unreachable = error else { throw error }
            }
            switch polling.next(after: refusal, now: now()) {
            case .wait(let seconds): pause = seconds
            case .failed(let error): throw error
            }
        }
    }
}
