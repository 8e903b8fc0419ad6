internal import Glibc

/// What this process has in memory is not written to a disk when it crashes.
enum CoreDumps {
    /// One octet, rather than none: that also keeps the kernel from handing a dump to a program (core(5)).
    static func prevent() {
        var limit = rlimit(rlim_cur: 1, rlim_max: 1)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }
}
