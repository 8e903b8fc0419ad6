internal import Discovery
internal import Foundation
internal import IMAPClient
internal import IMAPCodec
internal import Logging

/// Logs in for the first time, and says which keys of the account do it again.
struct AccountLogin {
    let options: SetupCommand
    let questions: Questions
    let name: String

    /// - Parameter values: keys that the account has already.
    /// - Returns: the URL with the user that was accepted, and the keys.
    /// - Throws: `Failure`, `UsageError`.
    func perform(
        _ place: AccountSetup.Place, _ values: [(key: String, value: String)]
    ) async throws -> (AccountURL, [(key: String, value: String)]) {
        if let server = try tokenServer(place) { return (place.url, try await tokens(server, place, values)) }
        return try await password(place, values)
    }

    // MARK: - Tokens

    /// nil where a password is to be used.
    private func tokenServer(_ place: AccountSetup.Place) throws -> String? {
        if let oauth2 = options.oauth2 { return oauth2 }
        guard let provider = place.provider, let server = provider.oauth2, !hasPassword else { return nil }
        if provider.credentials == [.oauth2] || options.clientId != nil { return server }
        guard questions.isInteractive else { return nil }
        let word = try questions.choose(
            "Log in with", ["app-password", "oauth2"], usual: "app-password", option: "--oauth2")
        return word == "oauth2" ? server : nil
    }

    private var hasPassword: Bool {
        options.passwordCommand != nil || options.passwordFile != nil
            || ProcessInfo.processInfo.environment["MAILMOUNT_PASSWORD"] != nil
    }

    private func tokens(
        _ server: String, _ place: AccountSetup.Place, _ values: [(key: String, value: String)]
    ) async throws -> [(key: String, value: String)] {
        var keys = [("oauth2", server)]
        if options.clientId == nil {
            questions.say(
                "OAuth2 needs a client id, which you register once with the provider; the page of your provider in the documentation tells how."
            )
        }
        keys.append(("client-id", try options.clientId ?? questions.ask("Client id", option: "--client-id")))
        if let secret = options.clientSecret { keys.append(("client-secret", secret)) }
        if let scope = options.oauth2Scope { keys.append(("oauth2-scope", scope)) }
        if options.dryRun { return keys }
        let plan = try AccountPlan(url: place.url, settings: Self.settings(values + keys), name: name)
        try await LoginCommand.login(plan, device: options.device, opensBrowser: !options.noBrowser)
        return keys
    }

    // MARK: - Passwords

    private func password(
        _ place: AccountSetup.Place, _ values: [(key: String, value: String)]
    ) async throws -> (AccountURL, [(key: String, value: String)]) {
        var url = place.url
        if let provider = place.provider, provider.credentials.contains(.appPassword), let page = provider.passwordPage,
            questions.isInteractive, !hasPassword
        {
            questions.say("Make an app password at \(page) and type it here; it is not the password of the web site.")
        }
        var attempt = 0
        while true {
            attempt += 1
            var settings = Self.settings(values)
            let typed: [UInt8]?
            if let command = options.passwordCommand {
                settings.set("password-command", command)
                typed = nil
            } else if let file = options.passwordFile {
                settings.set("password-file", Directories.absolute(file))
                typed = nil
            } else if let known = ProcessInfo.processInfo.environment["MAILMOUNT_PASSWORD"] {
                typed = Array(known.utf8)
            } else {
                guard let answer = questions.secret("Password for \(url.user)") else {
                    throw questions.isInteractive
                        ? Failure("no password was typed")
                        : UsageError(
                            "no password: --password-command, --password-file or MAILMOUNT_PASSWORD has to give it")
                }
                typed = answer
            }
            var plan = try AccountPlan(url: url, settings: settings, name: name)
            plan.typedPassword = typed
            do {
                try await login(plan)
            } catch IMAPClientError.loginRefused(let status) {
                let advice =
                    place.provider.map { $0.advice } ?? "many providers want an app password, made on their web site"
                let text = "the server refuses the login\(status.map { ": \($0.text)" } ?? ""); \(advice)"
                guard questions.isInteractive, !hasPassword, attempt < 3 else { throw Failure(text) }
                questions.say(text.prefix(1).uppercased() + text.dropFirst() + ".")
                url.user = try questions.ask("User", usual: url.user, option: "--user")
                continue
            } catch {
                throw Failure("\(url.account): \(error)")
            }
            return (url, [try kept(typed, settings, url)])
        }
    }

    private func login(_ plan: AccountPlan) async throws {
        let logger = Logger(label: "mailmount") { _ in SwiftLogNoOpLogHandler() }
        let connection = try await IMAPConnection.open(
            try plan.client(logger: logger), unsolicited: { _ in }, closed: { _ in })
        questions.say("Logged in as \(plan.url.user).")
        await connection.logout()
    }

    /// The key by which the password is found from now on.
    private func kept(_ typed: [UInt8]?, _ settings: Settings, _ url: AccountURL) throws -> (key: String, value: String)
    {
        guard let typed else {
            return settings["password-command"].map { ("password-command", $0) }
                ?? ("password-file", settings["password-file"] ?? "")
        }
        if options.dryRun, options.keep != "command" { return ("password-command", "…") }
        return try PasswordPlace.keep(typed, word: options.keep, name: name, account: url.account) {
            try questions.ask("Command that prints the password", option: "--password-command")
        }
    }

    private static func settings(_ values: [(key: String, value: String)]) -> Settings {
        var settings = Settings()
        for (key, value) in values { settings.set(key, value) }
        return settings
    }
}
