internal import Fuse
internal import Glibc

/// The descriptors of this process that programs cannot use up by what they hold open in the mount.
///
/// Connections, the store, commands and the watch that finds closed files need some to go on, and to get free what is held.
struct DescriptorReserve: Hashable, Sendable {
    /// Every descriptor has a lower number.
    var limit: UInt64

    /// As the limit of this process is now (getrlimit(2)).
    static var ofProcess: DescriptorReserve {
        var limits = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0
        return DescriptorReserve(limit: isKnown ? UInt64(limits.rlim_cur) : .max)
    }

    /// How many there are.
    var count: UInt64 { min(64, limit / 4) }

    /// Files that are closed and not recorded yet, beyond which a new one waits a little. Each holds a descriptor.
    var crowd: Int { Int(clamping: min(128, limit / 4)) }

    /// Whether a descriptor is one of them. The system gives the lowest that is free: all below it are in use.
    func holds(_ descriptor: Int32) -> Bool { UInt64(clamping: descriptor) >= limit - count }

    /// - Throws: ENFILE where a program would hold one of them.
    func admit(_ descriptor: Int32) throws(Errno) { if holds(descriptor) { throw Errno(ENFILE) } }
}
