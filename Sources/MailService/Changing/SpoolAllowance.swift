internal import Glibc

/// How many files of the spool are open at once for what goes up in one breath.
///
/// Each breath costs some round trips and waits for the disk, whatever goes in it. Readers, connections and the store need descriptors
/// as well.
enum SpoolAllowance {
    static let most = 256

    /// A sixteenth of the descriptors that there may be; at least one.
    static func count(ofDescriptors limit: UInt64) -> Int { Int(clamping: min(UInt64(most), max(1, limit / 16))) }

    /// As the limit of this process is now (getrlimit(2)).
    static var ofProcess: Int {
        var limits = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
        return count(ofDescriptors: isKnown ? UInt64(limits.rlim_cur) : 1_024)
    }
}
