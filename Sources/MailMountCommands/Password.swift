internal import Foundation
internal import Glibc
internal import IMAPClient
internal import IMAPCodec

/// Where the password or token comes from. It never stands in argv, and commands are asked again at each login.
struct Password: CredentialSource {
    enum Source: Sendable {
        case command(String, isToken: Bool)
        case file(String)
        case known(Secret)
    }

    let source: Source

    /// The options that say where credentials come from: they win over tokens of our own.
    static let commands = ["token-command", "password-command", "password-file"]

    /// The first of: `--token-command`, `--password-command`, `--password-file`, `MAILMOUNT_PASSWORD`, what was typed.
    ///
    /// - Throws: `Failure` when there is none.
    init(_ settings: Settings, account: String, typed: [UInt8]?) throws {
        if let command = settings["token-command"] {
            source = .command(command, isToken: true)
        } else if let command = settings["password-command"] {
            source = .command(command, isToken: false)
        } else if let file = settings["password-file"] {
            source = .file(Directories.absolute(file))
        } else if let password = ProcessInfo.processInfo.environment["MAILMOUNT_PASSWORD"] {
            source = .known(Secret(Array(password.utf8)))
        } else if let typed {
            source = .known(Secret(typed))
        } else {
            throw Failure(
                "no password for \(account): use --password-command, --password-file or MAILMOUNT_PASSWORD")
        }
    }

    /// Asks on the terminal, where there is one and nothing else says the password.
    static func prompt(_ settings: Settings, account: String) -> [UInt8]? {
        let isElsewhere =
            ["token-command", "password-command", "password-file"].contains { settings[$0] != nil }
            || ProcessInfo.processInfo.environment["MAILMOUNT_PASSWORD"] != nil
        guard !isElsewhere, isatty(STDIN_FILENO) == 1, let typed = getpass("Password for \(account): ") else {
            return nil
        }
        return Array(UnsafeBufferPointer(start: typed, count: strlen(typed))).map { UInt8(bitPattern: $0) }
    }

    func credentials(after refusal: LoginRefusal?) async throws -> Credentials {
        switch source {
        case .known(let secret): return .password(secret)
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CredentialFailure("cannot read the password file \(path)", isFinal: true)
            }
            return .password(octets: Self.firstLine([UInt8](data)))
        case .command(let command, let isToken):
            let octets = Self.firstLine(try await Self.output(of: command))
            guard !octets.isEmpty else { throw CredentialFailure("the password command printed nothing") }
            return isToken ? .token(octets: octets) : .password(octets: octets)
        }
    }

    var renewal: CredentialRenewal {
        if case .command = source { .renewable } else { .fixed }
    }

    var version: CredentialVersion? {
        guard case .file(let path) = source else { return nil }
        var status = stat()
        guard stat(path, &status) == 0 else { return CredentialVersion("none") }
        let modified = status.st_mtim
        return CredentialVersion(
            "\(status.st_dev) \(status.st_ino) \(status.st_size) \(modified.tv_sec) \(modified.tv_nsec)")
    }

    var remedy: String {
        switch source {
        case .command(_, isToken: true): "see to it that the token command prints a valid token"
        case .command(_, isToken: false): "see to it that the password command prints the right password"
        case .file(let path): "write the right password into \(path)"
        case .known: "mount again with the right password"
        }
    }

    private static func firstLine(_ octets: [UInt8]) -> [UInt8] {
        var line = Array(octets.prefix { $0 != UInt8(ascii: "\n") })
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    private static func output(of command: String) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let (status, output) = try ChildProcess.run("/bin/sh", ["-c", command])
                        guard status == 0 else {
                            throw CredentialFailure("the password command ended with status \(status)")
                        }
                        return output
                    })
            }
        }
    }
}
