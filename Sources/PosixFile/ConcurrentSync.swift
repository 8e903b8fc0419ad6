internal import Glibc
internal import Synchronization

/// Waits for the disk on several threads at once: a file system then commits for many files in one go, where one after the other
/// costs a commit and a flush each.
public enum ConcurrentSync {
    private static let mostThreads = 16

    private final class Work: Sendable {
        private let next = Atomic<Int>(0)
        private let failure = Mutex<FileError?>(nil)
        private let paths: [String]

        init(_ paths: [String]) { self.paths = paths }

        func run() {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < paths.count else { return }
                do {
                    try ConcurrentSync.synchronise(paths[index])
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }

        func outcome() throws(FileError) {
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }

    /// Returns when the octets of these files are on the disk; files that are gone are passed over.
    public static func synchronise(_ paths: [String]) throws(FileError) {
        let work = Work(paths)
        var threads: [pthread_t] = []
        for _ in 1..<max(1, min(paths.count, mostThreads)) {
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(work)
            let begun = pthread_create(
                &thread, nil,
                { pointer in
                    if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().run() }
                    return nil
                }, argument.toOpaque())
            guard begun == 0 else {
                argument.release()
                break
            }
            threads.append(thread)
        }
        // Where no thread is to be had this one does it all.
        work.run()
        for thread in threads { pthread_join(thread, nil) }
        try work.outcome()
    }

    private static func synchronise(_ path: String) throws(FileError) {
        do throws(FileError) {
            try FileDescriptor(reading: path).synchronise()
        } catch  where error.code == ENOENT {
        }
    }
}
