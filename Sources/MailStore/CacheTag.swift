import Glibc
internal import PosixFile

/// The tag by which backup programs leave a directory out, with all that is in it (bford.info/cachedir).
enum CacheTag {
    private static let name = "/CACHEDIR.TAG"
    private static let signature = "Signature: 8a477f597d28d172789f06886806bc55"
    private static let text = signature + "\n# Mail that mailmount can fetch again.\n"

    /// Tags the cache; where the state lies in it, only the bodies, and a tag that was put above the state by an earlier version goes.
    ///
    /// - Throws: `FileError`.
    static func place(cache: String, state: String) throws {
        guard FileNames.isInside(state, cache) else { return try write(cache + name) }
        if (try? FileDescriptor(reading: cache + name).contents()) == Array(text.utf8) {
            FileNames.remove(cache + name)
        }
        try write(cache + "/bodies" + name)
    }

    /// The tag in a directory or in one above it; nil where there is none.
    static func above(_ directory: String) -> String? {
        var current = FileNames.resolved(directory)[...]
        while true {
            let path = current + name
            let start = try? FileDescriptor(reading: String(path)).prefix(signature.utf8.count)
            if start == Array(signature.utf8) { return String(path) }
            guard let slash = current.lastIndex(of: "/") else { return nil }
            current = current[..<slash]
        }
    }

    private static func write(_ path: String) throws {
        guard !FileNames.exists(path) else { return }
        let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    }
}
