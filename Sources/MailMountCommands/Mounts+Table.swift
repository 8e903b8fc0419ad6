internal import Foundation
internal import Glibc

/// A mount of this program, as the kernel lists it.
struct MountEntry: Equatable {
    var mountpoint: String
    /// `user@host:port`.
    var account: String
    /// Who mounted it.
    var user: uid_t?
}

extension Mounts {
    /// All mounts of type `fuse.mailmount`, whoever made them.
    static func entries() -> [MountEntry] {
        guard let text = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return [] }
        return entries(in: text)
    }

    /// Mounts of the user who asks. Those of others do not answer him.
    static func own() -> [MountEntry] { entries().filter { $0.user == nil || $0.user == getuid() } }

    /// - Parameter text: as /proc/self/mountinfo has it (proc(5)).
    static func entries(in text: String) -> [MountEntry] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let separator = fields.firstIndex(of: "-"), separator > 4, fields.count > separator + 3,
                fields[separator + 1] == "fuse.mailmount"
            else { return nil }
            let user = fields[separator + 3].split(separator: ",").first { $0.hasPrefix("user_id=") }
            return MountEntry(
                mountpoint: unescaped(fields[4]), account: unescaped(fields[separator + 2]),
                user: user.flatMap { uid_t($0.dropFirst(8)) })
        }
    }

    private static func unescaped(_ field: Substring) -> String {
        var text = String(field)
        for (code, character) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
            text = text.replacing(code, with: character)
        }
        return text
    }
}
