import Glibc
import Synchronization

/// Says which message it was before the process ends by a trap, or by an alarm because one took too long.
enum Fatal {
    static let iteration = Atomic(0)
    /// Seconds for one message: what takes longer will not end.
    static let patience: UInt32 = 60

    static func watch() {
        for signal in [SIGALRM, SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS] {
            Glibc.signal(signal) { signal in
                var digits: [UInt8] = []
                var rest = Fatal.iteration.load(ordering: .relaxed)
                repeat {
                    digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
                    rest /= 10
                } while rest > 0
                let line = Array("signal \(signal) in iteration ".utf8) + digits.reversed() + [0x0A]
                _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
                _exit(2)
            }
        }
    }

    static func begin(_ iteration: Int) {
        Self.iteration.store(iteration, ordering: .relaxed)
        alarm(patience)
    }
}
