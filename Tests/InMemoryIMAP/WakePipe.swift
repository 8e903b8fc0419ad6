import Glibc

/// A pipe by which threads wake one that polls; neither end blocks nor survives an exec.
struct WakePipe {
    let readEnd: Int32
    let writeEnd: Int32

    /// - Returns: nil where there are no descriptors left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            closeOnExec(end)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }
}

func closeOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}
