internal import ArgumentParser

/// `mailmount mount --all`.
enum MountAll {
    /// Mounts every account that has a mountpoint and is not mounted there already, one after the other.
    ///
    /// - Parameter arguments: those of this process; what is in them besides `mount` and `--all` goes to each mount.
    /// - Throws: `Failure` where one of them failed, after all were tried; `UsageError` where none has a mountpoint.
    static func run(_ options: MountOptionGroup, arguments: [String]) throws {
        let settings = try options.settings()
        guard !settings.isOn("foreground") else { throw UsageError("--all and --foreground do not go together") }
        let file = try ConfigurationFile(path: options.config)
        let names = file.placedNames
        guard !names.isEmpty else {
            throw UsageError(
                "no account of \(file.path) has a mountpoint: write mountpoint = \"~/Mail/NAME\" in its table")
        }
        let passed = arguments.filter { $0 != "--all" && $0 != "mount" }
        var failed: [String] = []
        for name in names {
            do {
                var plan = try AccountPlan(account: name, configuration: options.config, options: settings)
                let place = try plan.place(nil)
                if Mounts.own().contains(where: { $0.mountpoint == place.path && $0.account == plan.url.account }),
                    !Mounts.hasDied(place.path)
                {
                    continue
                }
                try MountCommand.check(place, against: plan)
                try place.prepare()
                try plan.checkFiles()
                try MountCommand.detach(&plan, ["mount", name] + passed)
            } catch is ExitCode {
                failed.append(name)
            } catch {
                StandardError.write("mailmount: \(name): \(error)")
                failed.append(name)
            }
        }
        guard failed.isEmpty else { throw Failure("not mounted: \(failed.joined(separator: ", "))") }
    }
}
