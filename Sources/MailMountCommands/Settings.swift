internal import Foundation

/// The options of `mount` by their long names: from the configuration file, then `-o`, then the command line, the later winning.
struct Settings: Sendable {
    /// Options that take a value.
    static let valued: Set<String> = [
        "cache", "state", "password-command", "password-file", "token-command", "ca-file", "tls", "connections",
        "filename", "folder", "exclude", "cache-size", "timeout", "delete", "expunge-after", "umask", "uid", "gid",
        "on-event", "allow", "audit", "delete-limit", "download-limit", "names",
    ]
    /// Options that are on or off.
    static let flags: Set<String> = [
        "foreground", "read-only", "sync-changes", "compress", "allow-other", "show-views",
    ]
    /// Options that may be given several times.
    static let repeated: Set<String> = ["folder", "exclude"]
    /// Keys of an account's table that are no options of `mount`.
    static let ofAccount: Set<String> = [
        "mountpoint", "oauth2", "oauth2-scope", "client-id", "client-secret",
    ]
    /// Every key that the configuration file may have.
    static var keys: [String] { (valued.union(flags).union(ofAccount)).sorted() + ["url"] }
    /// What a value looks like.
    static let examples = [
        "cache-size": "10G", "timeout": "15s", "expunge-after": "10m", "delete": "trash", "tls": "implicit",
        "mountpoint": "~/Mail/work", "password-command": "pass mail/work", "url": "imaps://alice@example.org",
        "filename": "{date}_{from}_{subject}", "folder": "INBOX", "exclude": "Junk",
        "allow": "append,flags", "delete-limit": "5000", "download-limit": "1500M", "names": "plain",
    ]
    /// What mount(8) and systemd pass along and what means nothing here, or is so anyway.
    private static let generic: Set<String> = [
        "rw", "auto", "noauto", "dev", "nodev", "suid", "nosuid", "exec", "noexec", "user", "nouser", "users", "owner",
        "group", "_netdev", "nofail", "defaults", "async", "atime", "noatime", "nodiratime", "relatime",
        "strictatime", "lazytime", "sync", "dirsync", "iversion", "noiversion", "loud", "default_permissions", "mand",
        "nomand", "diratime", "norelatime", "nolazytime", "nostrictatime", "silent",
    ]

    private(set) var values: [String: [String]] = [:]
    /// `FILE:LINE` of what the configuration file says.
    private var origins: [String: String] = [:]

    subscript(_ name: String) -> String? { values[name]?.last }

    func list(_ name: String) -> [String] { values[name] ?? [] }

    func isOn(_ name: String) -> Bool { self[name] == "true" }

    /// Sets one option; a repeated one is added to.
    ///
    /// - Parameter origin: `FILE:LINE`, where a file says it.
    mutating func set(_ name: String, _ value: String, origin: String? = nil) {
        origins[name] = origin
        if Self.repeated.contains(name) {
            values[name, default: []].append(value)
        } else {
            values[name] = [value]
        }
    }

    /// What `other` says wins.
    mutating func merge(_ other: Settings) {
        for (name, list) in other.values {
            values[name] = list
            origins[name] = other.origins[name]
        }
    }

    /// An error that names what the user wrote, and where: on the command line, or in which line of the file.
    func error(_ name: String, _ reason: String) -> UsageError {
        let value = self[name] ?? ""
        return UsageError(
            origins[name].map { "\($0): \(name) = \(value): \(reason)" } ?? "--\(name) \(value): \(reason)")
    }

    /// Options as `-o` carries them: `read-only,timeout=30`. A comma in a value is written `\,`.
    ///
    /// - Throws: `UsageError` for what is neither ours nor generic.
    static func parse(mountOptions: [String]) throws -> Settings {
        var settings = Settings()
        for option in mountOptions.flatMap({ split($0) }) where !option.isEmpty {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0]).replacing("_", with: "-")
            let value = parts.count > 1 ? String(parts[1]) : nil
            if option == "ro" {
                settings.set("read-only", "true")
            } else if flags.contains(name) {
                settings.set(name, try truth(value ?? "true", of: "-o \(name)"))
            } else if valued.contains(name) {
                guard let value, !value.isEmpty else { throw UsageError("-o \(name) needs a value: -o \(name)=…") }
                settings.set(name, value)
            } else if !generic.contains(option), !option.hasPrefix("x-"), !option.hasPrefix("comment="),
                !option.hasPrefix("user=")
            {
                throw UsageError(
                    "-o \(option) is not known" + NearestWord.question(name, in: valued.union(flags))
                        + "; see mailmount mount --help")
            }
        }
        return settings
    }

    /// An option that is on or off has one of two values: another one would leave it off unnoticed.
    ///
    /// - Throws: `UsageError`.
    static func truth(_ value: String, of option: String) throws -> String {
        guard ["true", "false"].contains(value) else { throw UsageError("\(option): true or false is expected") }
        return value
    }

    private static func split(_ text: String) -> [String] {
        var result = [""]
        var isEscaped = false
        for character in text {
            if isEscaped {
                result[result.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                result.append("")
            } else {
                result[result.count - 1].append(character)
            }
        }
        return result
    }
}
