/// Names of folders as the server writes them, asked for what lies above and below one.
struct FolderNames {
    private var names: Set<[UInt8]> = []
    private var ancestors: Set<[UInt8]> = []

    mutating func insert(_ name: [UInt8], separator: UInt8?) {
        let name = Self.key(name, separator)
        guard names.insert(name).inserted else { return }
        for ancestor in Self.ancestors(of: name, separator) { ancestors.insert(ancestor) }
    }

    /// Whether this name, or one of a folder below it, is in here.
    func reachesInto(_ name: [UInt8], separator: UInt8?) -> Bool {
        let name = Self.key(name, separator)
        return names.contains(name) || ancestors.contains(name)
    }

    /// Whether this name, or one of a folder above it, is in here.
    func covers(_ name: [UInt8], separator: UInt8?) -> Bool {
        guard !names.isEmpty else { return false }
        let name = Self.key(name, separator)
        return names.contains(name) || Self.ancestors(of: name, separator).contains(where: names.contains)
    }

    private static func ancestors(of name: [UInt8], _ separator: UInt8?) -> [[UInt8]] {
        guard let separator else { return [] }
        return name.indices.filter { name[$0] == separator }.map { Array(name[..<$0]) }
    }

    /// INBOX in any case is one name, as a folder and above others (RFC 3501 section 5.1).
    private static func key(_ name: [UInt8], _ separator: UInt8?) -> [UInt8] {
        let head = separator.flatMap { name.firstIndex(of: $0) }.map { name[..<$0] } ?? name[...]
        guard ListedFolder.isInbox(head) else { return name }
        return Array("INBOX".utf8) + name[head.endIndex...]
    }
}
