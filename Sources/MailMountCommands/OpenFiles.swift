internal import Glibc

/// How many files this process may have open.
enum OpenFiles {
    /// Raises the soft limit, which is set low for programs that use select(2), to the hard one. Nothing changes where that is refused.
    static func raiseLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}
