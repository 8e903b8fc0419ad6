/// The desktop's store of secrets (org.freedesktop.secrets), through secret-tool(1). Secrets go through pipes, never through arguments.
enum SecretService {
    /// What a secret is found by again.
    struct Key {
        /// `user@host:port`.
        var account: String
        /// `password` or `oauth2`.
        var kind: String

        fileprivate var attributes: [String] { ["service", "mailmount", "account", account, "kind", kind] }
        /// The command that prints it.
        var command: String {
            "secret-tool lookup service mailmount account '\(account.replacing("'", with: "'\\''"))' kind \(kind)"
        }
    }

    /// Keeps a secret in place of an earlier one, and looks whether it can be had again.
    ///
    /// - Returns: false where there is no such service, or it is locked and nobody unlocks it.
    static func store(_ secret: [UInt8], _ key: Key) -> Bool {
        let arguments = ["store", "--label", "mailmount: \(key.kind) of \(key.account)"] + key.attributes
        guard let result = try? ChildProcess.run("secret-tool", arguments, input: secret, isQuiet: true),
            result.status == 0
        else {
            return false
        }
        return lookup(key) == secret
    }

    /// nil where there is none.
    static func lookup(_ key: Key) -> [UInt8]? {
        guard let result = try? ChildProcess.run("secret-tool", ["lookup"] + key.attributes, isQuiet: true),
            result.status == 0
        else {
            return nil
        }
        return result.output
    }
}
