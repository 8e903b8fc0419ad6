internal import Foundation

/// Where things are kept (XDG Base Directory Specification).
enum Directories {
    static var configuration: String { base("XDG_CONFIG_HOME", ".config") + "/mailmount" }

    /// - Parameter account: `user@host:port`.
    static func cache(_ account: String) -> String { base("XDG_CACHE_HOME", ".cache") + "/mailmount/" + name(account) }

    static func state(_ account: String) -> String {
        base("XDG_STATE_HOME", ".local/state") + "/mailmount/" + name(account)
    }

    /// Where the mounts of the user tell each other of uploads that are not on the disk yet.
    static var marks: String { base("XDG_STATE_HOME", ".local/state") + "/mailmount/.unsynced" }

    /// Absolute, with `~` and links resolved as far as it exists.
    static func absolute(_ path: String) -> String {
        let expanded = path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
        return URL(fileURLWithPath: (expanded as NSString).expandingTildeInPath).standardizedFileURL.path
    }

    /// `$HOME`, as the specification has it; the entry in the password file where that is not set.
    private static var home: String {
        if let value = ProcessInfo.processInfo.environment["HOME"], value.hasPrefix("/") { return value }
        return NSHomeDirectory()
    }

    private static func base(_ variable: String, _ fallback: String) -> String {
        if let value = ProcessInfo.processInfo.environment[variable], value.hasPrefix("/") { return value }
        return home + "/" + fallback
    }

    private static func name(_ account: String) -> String { account.replacing("/", with: "%2F") }
}
