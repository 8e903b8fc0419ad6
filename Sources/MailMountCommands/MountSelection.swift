/// Which mount is meant by what somebody wrote: its directory, or the name of its account.
enum MountSelection {
    /// - Parameters:
    ///   - text: a path, or a name of the configuration file. A path wins that is a mount.
    ///   - configuration: nil for the usual file.
    /// - Returns: an absolute path, which need not be a mount.
    /// - Throws: `UsageError` where the configuration has that account with a mistake in it, `Failure` where the account is not mounted.
    static func mountpoint(_ text: String, configuration: String? = nil) throws -> String {
        let path = Directories.absolute(text)
        if text.contains("/") || Mounts.isMounted(path) { return path }
        guard let file = try ConfigurationFile.ifPresent(configuration), file.has(text) else { return path }
        let (url, settings) = try file.account(text)
        let account = try AccountURL(url).account
        let mounted = Mounts.own().filter { $0.account == account }.map(\.mountpoint)
        if let configured = settings["mountpoint"].map(Directories.absolute),
            mounted.contains(configured) || mounted.isEmpty && Mounts.isMounted(configured)
        {
            return configured
        }
        guard let first = mounted.first else {
            throw Failure("\(text) is not mounted; mailmount mount \(text) does that")
        }
        guard mounted.count == 1 else {
            throw UsageError("\(text) is mounted at several places: say which of \(mounted.joined(separator: ", "))")
        }
        return first
    }
}
