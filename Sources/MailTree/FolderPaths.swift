/// The paths that all folders of an account get, so that each is one directory and no two are the same.
public enum FolderPaths {
    /// One path for each folder, in their order: one or more file names of 1 to 255 octets, outermost first, none of
    /// which is `.` or `..` or holds `/` or NUL. It depends on the names alone, not on their order.
    ///
    /// INBOX is one directory whatever its case, as a folder and as the first component of others (RFC 3501
    /// section 5.1): if a server lists it in two spellings, both get the path `INBOX`. Any other two that would show
    /// alike get `~2`, `~3` behind the name. A folder below one whose name was changed in that way goes with it.
    /// - Parameters:
    ///   - folders: the name as listed, its hierarchy separator, and the whole name decoded where it can be.
    ///   - given: the paths that folders have had before, by name as listed; they are kept where they can be.
    public static func resolve(
        _ folders: [(rawName: [UInt8], separator: UInt8?, decoded: String?)], given: [[UInt8]: [[UInt8]]]
    ) -> [[[UInt8]]] {
        var tree = FolderPathTree()
        // In order of names, so that the outcome does not follow the order in which a server lists.
        let order = folders.indices.sorted { folders[$0].rawName.lexicographicallyPrecedes(folders[$1].rawName) }
        var nodes = [Int](repeating: FolderPathTree.root, count: folders.count)
        for index in order {
            let folder = folders[index]
            let components = FolderName(folder.rawName, folder.separator, folder.decoded).components
            nodes[index] = tree.insert(folder.rawName, components, given: given[folder.rawName] ?? [])
        }
        tree.name()
        return nodes.map { tree.path(of: $0) }
    }
}

/// A folder's name in components, each as listed and as it would like to be shown.
struct FolderName {
    struct Component {
        let raw: [UInt8]
        let shown: [UInt8]
    }

    let components: [Component]

    init(_ rawName: [UInt8], _ separator: UInt8?, _ decoded: String?) {
        guard let separator, separator < 0x80 else {
            components = [Component(raw: rawName, shown: Self.shown(rawName, decoded))]
            return
        }
        let raw = rawName.split(separator: separator, omittingEmptySubsequences: false).map(Array.init)
        // A name that encodes its own separator cannot be matched part by part; it is shown as listed.
        var parts: [String]?
        if let decoded {
            let split = decoded.utf8.split(separator: separator, omittingEmptySubsequences: false)
            if split.count == raw.count { parts = split.map { String(decoding: $0, as: UTF8.self) } }
        }
        components = raw.indices.map { index in
            Component(raw: raw[index], shown: Self.shown(raw[index], parts?[index]))
        }
    }

    private static func shown(_ raw: [UInt8], _ decoded: String?) -> [UInt8] {
        decoded.map(FolderComponent.shown) ?? FolderComponent.shown(raw: raw)
    }
}
