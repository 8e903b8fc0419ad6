/// What somebody may write where an account is expected.
enum AccountName {
    /// The URL and settings of an account, by its name in the configuration file or by its URL.
    ///
    /// - Returns: the name too, where it has one.
    /// - Throws: `UsageError`, `Failure`, which say what could be meant.
    static func find(
        _ text: String, configuration: String?
    ) throws -> (url: AccountURL, settings: Settings, name: String?) {
        if text.contains("://") { return (try AccountURL(text), Settings(), nil) }
        let file = try ConfigurationFile.ifPresent(configuration)
        if let file, file.has(text) {
            let found = try file.account(text)
            return (try AccountURL(found.url), found.settings, text)
        }
        if text.contains("@") {
            throw UsageError(
                "\(text) is no account yet: mailmount setup \(text) finds its servers; or write imaps://\(text) with its server's name"
            )
        }
        guard let file else {
            throw UsageError(
                "there is no account \(text): \(ConfigurationFile.standardPath) is not there yet;"
                    + " mailmount setup writes it, or write imaps://user@host in place of the name")
        }
        _ = try file.account(text)
        throw UsageError("\(file.path) has no account \(text)")
    }
}
