/// How a file system is mounted.
public struct MountOptions: Sendable {
    /// Shown as the source of the mount. Never empty: systemd unmounts what seems to come from `/dev/fuse`.
    public var fsname: String
    /// The mount's type is `fuse.` and this.
    public var subtype: String
    /// Other users may enter; the kernel then checks permission bits. Ordinary users need `user_allow_other` in
    /// /etc/fuse.conf.
    public var allowOther: Bool
    public var readOnly: Bool
    /// `fusermount3` stays behind and unmounts when this process dies.
    public var autoUnmount: Bool
    /// A mount at the mountpoint whose server has died is unmounted first; otherwise it is an error.
    public var detachesStaleMount: Bool
    /// Further values of `-o`, one option each, such as `["exec"]`. They come last and win.
    public var extra: [String]
    /// Threads that serve requests.
    public var threads: Int
    /// Requests in the background (reading ahead, mostly) that the kernel sends at once; 1 ... 65,535.
    public var maximumBackground: UInt16

    public init(
        fsname: String = "mailmount", subtype: String = "mailmount", allowOther: Bool = false, readOnly: Bool = false,
        autoUnmount: Bool = false, detachesStaleMount: Bool = true, extra: [String] = [], threads: Int = 4,
        maximumBackground: UInt16 = 64
    ) {
        self.fsname = fsname
        self.subtype = subtype
        self.allowOther = allowOther
        self.readOnly = readOnly
        self.autoUnmount = autoUnmount
        self.detachesStaleMount = detachesStaleMount
        self.extra = extra
        self.threads = threads
        self.maximumBackground = maximumBackground
    }

    /// The argument of one `-o`.
    var argument: String {
        var options = ["nosuid", "nodev", "noexec", "noatime"]
        options.append("fsname=" + Self.escaped(fsname.isEmpty ? "mailmount" : fsname))
        if !subtype.isEmpty { options.append("subtype=" + Self.escaped(subtype)) }
        if allowOther { options += ["allow_other", "default_permissions"] }
        if readOnly { options.append("ro") }
        if autoUnmount { options.append("auto_unmount") }
        options += extra.filter { !$0.isEmpty }.map(Self.escaped)
        return options.joined(separator: ",")
    }

    /// libfuse takes the character after a backslash as it is.
    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value {
            if character == "," || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
