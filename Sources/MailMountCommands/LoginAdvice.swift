internal import MailService

/// What to do about a login that the server refuses.
enum LoginAdvice {
    /// The error in words that say what to do next.
    static func explained(_ error: any Error, of plan: AccountPlan) -> any Error {
        guard case .accessDenied(let reason)? = error as? ServiceError else { return error }
        return Failure("access denied: \(reason)" + advice(plan))
    }

    /// Begins with a separator, to stand behind the reason.
    static func advice(_ plan: AccountPlan) -> String {
        if plan.usesTokens { return "" }
        if plan.settings["token-command"] != nil {
            return "; the token that --token-command printed is not accepted: have that program log in again"
        }
        return "; check user name and password. Large providers want an app password here, which is made on their web"
            + " site, not the password of the web site itself"
    }
}
