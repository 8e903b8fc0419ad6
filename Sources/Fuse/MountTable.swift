/// The mounts of this process's namespace: /proc/self/mountinfo, see proc(5). Reading it asks no file system anything.
struct MountTable {
    struct Mount: Hashable, Sendable {
        /// Differs for every mount there is at one time.
        let id: Int
        /// `major:minor`. For FUSE the minor number is also the name of the connection in /sys/fs/fuse/connections.
        let device: String
        let path: String
        let type: String
    }

    /// Later ones lie above earlier ones.
    let mounts: [Mount]

    init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 6, let id = Int(fields[0]), let dash = fields.dropFirst(6).firstIndex(of: "-") else {
                return nil
            }
            guard dash + 1 < fields.count else { return nil }
            return Mount(
                id: id, device: String(fields[2]), path: MountTable.unescaped(fields[4]),
                type: String(fields[dash + 1]))
        }
    }

    /// Empty where /proc is not mounted.
    static func current() -> MountTable { MountTable(SystemFile.contents(of: "/proc/self/mountinfo") ?? "") }

    func top(at path: String) -> Mount? { mounts.last { $0.path == path } }

    /// Blank, tab, newline and backslash come as a backslash and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var result: [UInt8] = []
        var bytes = field.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            var value: UInt8 = 0
            for _ in 0..<3 { value = value &* 8 &+ ((bytes.next() ?? 48) &- 48) }
            result.append(value)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
