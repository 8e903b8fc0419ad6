/// The unit of systemd that mounts an account when its user logs in.
struct UserUnit {
    let name: String

    /// - Parameter account: its name in the configuration file.
    init(account: String) { name = "mailmount@\(account).service" }

    /// Whether the template is installed and a manager runs that would start it.
    var isOffered: Bool { Self.systemctl("cat", name) }

    /// Starts it now and at each login.
    ///
    /// - Throws: `Failure`.
    func enable() throws {
        guard Self.systemctl("enable", "--now", name) else {
            throw Failure("systemctl --user enable --now \(name) failed; systemctl --user status \(name) says more")
        }
    }

    private static func systemctl(_ arguments: String...) -> Bool {
        (try? ChildProcess.run("systemctl", ["--user"] + arguments, isQuiet: true))?.status == 0
    }
}
