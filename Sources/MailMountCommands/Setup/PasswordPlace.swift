internal import Glibc

/// Where a password is kept, as the configuration file names it.
enum PasswordPlace {
    /// The words of `--keep`.
    static let words = ["secret-service", "file", "command"]

    /// Keeps a password and says which key of the account finds it again.
    ///
    /// - Parameters:
    ///   - word: one of `words`; nil: the Secret Service where one runs, else a file.
    ///   - name: of the account, which names the file.
    ///   - account: `user@host:port`.
    ///   - command: asked for where the word is `command`.
    /// - Throws: `Failure`, `UsageError`.
    static func keep(
        _ password: [UInt8], word: String?, name: String, account: String, command: () throws -> String
    ) throws -> (key: String, value: String) {
        switch word {
        case "command":
            let command = try command()
            let (status, output) = try ChildProcess.run("/bin/sh", ["-c", command])
            guard status == 0 else { throw Failure("\(command) ended with status \(status)") }
            guard Array(output.prefix { $0 != UInt8(ascii: "\n") }) == password else {
                throw Failure("\(command) prints another password than the one that was accepted")
            }
            return ("password-command", command)
        case "secret-service", nil:
            let key = SecretService.Key(account: account, kind: "password")
            if SecretServiceBus.isPresent, SecretService.store(password, key) {
                return ("password-command", key.command)
            }
            guard word == nil else {
                throw Failure(
                    "no Secret Service keeps the password: is secret-tool installed (libsecret-tools), and a keyring unlocked? --keep file does without"
                )
            }
        default: break
        }
        let file = Directories.configuration + "/\(name.replacing("/", with: "%2F")).password"
        try SecretFile.write(password + [UInt8(ascii: "\n")], to: file)
        return ("password-file", file)
    }
}
