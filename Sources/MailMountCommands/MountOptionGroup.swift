internal import ArgumentParser

/// The options of `mount`, each also a key of the configuration file.
struct MountOptionGroup: ParsableArguments {
    @Flag(name: [.short, .long], help: "Stay in the foreground, log to standard error.")
    var foreground = false
    @Option(help: ArgumentHelp("TOML configuration.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("What can be fetched again.", valueName: "dir"))
    var cache: String?
    @Option(help: ArgumentHelp("What cannot: changes not sent yet, names given.", valueName: "dir"))
    var state: String?
    @Option(help: ArgumentHelp("Prints the password.", valueName: "cmd"))
    var passwordCommand: String?
    @Option(help: ArgumentHelp("Holds the password in its first line.", valueName: "file"))
    var passwordFile: String?
    @Option(help: ArgumentHelp("Prints an OAuth2 access token.", valueName: "cmd"))
    var tokenCommand: String?
    @Option(help: ArgumentHelp("A further trusted certificate authority, PEM.", valueName: "file"))
    var caFile: String?
    @Option(help: ArgumentHelp("implicit, starttls, or none (loopback only).", valueName: "mode"))
    var tls: String?
    @Option(help: ArgumentHelp("Most connections at once. Default: 4", valueName: "n"))
    var connections: String?
    @Flag(help: "Change nothing on the server, ever.")
    var readOnly = false
    @Option(
        help: ArgumentHelp(
            "All that programs may do beside reading: some of append, flags, move, delete. Default: all four",
            valueName: "kind,…"))
    var allow: String?
    @Option(
        help: ArgumentHelp("Adds a line of JSON for each open and each change.", valueName: "file"))
    var audit: String?
    @Flag(help: "Each change waits for the server's answer.")
    var syncChanges = false
    @Option(
        help: ArgumentHelp("What rm does on the server: expunge, trash or mark. Default: expunge", valueName: "policy"))
    var delete: String?
    @Option(
        help: ArgumentHelp(
            "How long a deleted message can be brought back; 0s: not at all. Default: 10m", valueName: "duration"))
    var expungeAfter: String?
    @Option(
        help: ArgumentHelp(
            "Most messages deleted within a minute, whatever deletes them; more are held until mailmount release. 0 holds all, off none. "
                + "Default: 1000, and half of a folder of more than 100",
            valueName: "n"))
    var deleteLimit: String?
    @Flag(help: "COMPRESS=DEFLATE where offered.")
    var compress = false
    @Option(help: ArgumentHelp("How files are named. Default: {date}_{from}_{subject}", valueName: "template"))
    var filename: String?
    @Option(
        help: ArgumentHelp(
            "shell: no file name needs quoting; plain: {subject} - {from}, with blanks. Default: shell",
            valueName: "style"))
    var names: String?
    @Option(help: ArgumentHelp("Show folders that match; may be repeated.", valueName: "pattern"))
    var folder: [String] = []
    @Option(help: ArgumentHelp("Hide folders that match; may be repeated.", valueName: "pattern"))
    var exclude: [String] = []
    @Option(help: ArgumentHelp("Bound on cached messages. Default: 10G", valueName: "size"))
    var cacheSize: String?
    @Option(help: ArgumentHelp("Fetch messages of no more octets than that in a day (UTC).", valueName: "size"))
    var downloadLimit: String?
    @Option(help: ArgumentHelp("Longest wait for a silent server, seconds. Default: 15", valueName: "seconds"))
    var timeout: String?
    @Option(
        help: ArgumentHelp("Run for new mail, a refused login, a failed change (MAILMOUNT_EVENT).", valueName: "cmd"))
    var onEvent: String?
    @Flag(help: "List .views in the root, where it is found by name in any case.")
    var showViews = false
    @Flag(help: "Let other users in.")
    var allowOther = false
    @Option(
        help: ArgumentHelp(
            "Permission bits that nothing in the mount has, octal; 022 lets others read. Default: 077",
            valueName: "bits"))
    var umask: String?
    @Option(help: ArgumentHelp("Whose the files are shown to be. Default: yours", valueName: "number"))
    var uid: String?
    @Option(help: ArgumentHelp("Whose group the files are shown to be of. Default: yours", valueName: "number"))
    var gid: String?
    @Option(name: .customShort("o"), help: ArgumentHelp("Options as mount(8) passes them.", valueName: "opt,…"))
    var mountOptions: [String] = []
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error. Default: notice", valueName: "level"))
    var log: String?

    /// What was said, by long name: `-o` first, so that an option of its own wins.
    ///
    /// - Throws: `UsageError`.
    func settings() throws -> Settings {
        var settings = try Settings.parse(mountOptions: mountOptions)
        var own = Settings()
        let values = [
            ("cache", cache), ("state", state), ("password-command", passwordCommand),
            ("password-file", passwordFile), ("token-command", tokenCommand), ("ca-file", caFile), ("tls", tls),
            ("connections", connections), ("filename", filename), ("cache-size", cacheSize), ("timeout", timeout),
            ("delete", delete), ("expunge-after", expungeAfter), ("umask", umask), ("uid", uid), ("gid", gid),
            ("on-event", onEvent), ("allow", allow), ("audit", audit),
            ("delete-limit", deleteLimit), ("download-limit", downloadLimit), ("names", names),
        ]
        for (name, value) in values { if let value { own.set(name, value) } }
        for (name, isOn) in [
            ("foreground", foreground), ("read-only", readOnly), ("sync-changes", syncChanges), ("compress", compress),
            ("allow-other", allowOther), ("show-views", showViews),
        ] where isOn { own.set(name, "true") }
        for pattern in folder { own.set("folder", pattern) }
        for pattern in exclude { own.set("exclude", pattern) }
        settings.merge(own)
        return settings
    }
}
