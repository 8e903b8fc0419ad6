internal import Fuse
internal import Glibc

extension Caller {
    /// Whether it is in mkdir(2) or mkdirat(2), as far as that can be seen: the kernel looks a name up before it makes a directory of it, and
    /// asks for none where it is found.
    var isMakingDirectory: Bool {
        guard pid > 0 else { return false }
        if let call = Self.firstWord("/proc/\(pid)/syscall") { return Self.makingCalls.contains(call) }
        // Where tracing is restricted (Yama) only the name of the program is to be had.
        return Self.firstWord("/proc/\(pid)/comm") == "mkdir"
    }

    #if arch(x86_64)
        private static let makingCalls: Set<String> = ["83", "258"]
    #else
        // asm-generic/unistd.h
        private static let makingCalls: Set<String> = ["34"]
    #endif

    private static func firstWord(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &octets, octets.count)
        guard count > 0 else { return nil }
        return String(decoding: octets[..<count].prefix { $0 > 0x20 }, as: UTF8.self)
    }
}
