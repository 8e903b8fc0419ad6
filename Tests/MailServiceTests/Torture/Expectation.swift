import InMemoryIMAP

/// What the server and the mount are to have when nothing waits any more.
struct Expectation: Sendable {
    struct Held: Hashable, Sendable {
        /// In the mount; nil for what is flagged `\Deleted`, and hidden.
        var name: String?
        var bytes: [UInt8]
        var flags: Set<String> = []
    }

    var folders: [String: [Held]]

    /// All that a server has, each letter under the name that it is given when it is first seen.
    init(_ account: Account) {
        folders = Dictionary(
            account.folders.map { name in
                (
                    name,
                    account.messages(in: name).map { message in
                        Held(
                            name: "letter \(Letter.number(message.bytes)).eml", bytes: message.bytes,
                            flags: Set(message.flags))
                    }
                )
            }, uniquingKeysWith: { first, _ in first })
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    func held(_ path: String) -> Held? {
        let (folder, name) = Self.split(path)
        return folders[folder]?.first { $0.name == name }
    }

    mutating func put(_ bytes: [UInt8], _ path: String, flags: Set<String> = []) {
        let (folder, name) = Self.split(path)
        folders[folder, default: []].append(Held(name: name, bytes: bytes, flags: flags))
    }

    /// - Parameter stays: the server keeps it, flagged.
    mutating func remove(_ path: String, stays: Bool) {
        let (folder, name) = Self.split(path)
        guard let index = folders[folder]?.firstIndex(where: { $0.name == name }) else { return }
        if stays {
            folders[folder]?[index].name = nil
            folders[folder]?[index].flags.insert("\\Deleted")
        } else {
            folders[folder]?.remove(at: index)
        }
    }

    /// - Parameter stays: the server keeps the original, flagged.
    mutating func move(_ path: String, _ target: String, stays: Bool = false) {
        guard let held = held(path) else { return }
        remove(path, stays: stays)
        put(held.bytes, target, flags: held.flags)
    }

    mutating func copy(_ path: String, _ target: String) {
        if let held = held(path) { put(held.bytes, target, flags: held.flags) }
    }

    mutating func flag(_ path: String, _ change: (inout Set<String>) -> Void) {
        let (folder, name) = Self.split(path)
        guard let index = folders[folder]?.firstIndex(where: { $0.name == name }) else { return }
        if var held = folders[folder]?[index] {
            change(&held.flags)
            folders[folder]?[index] = held
        }
    }

    mutating func rename(folder: String, to target: String) {
        for (name, held) in folders where name == folder || name.hasPrefix(folder + "/") {
            folders[name] = nil
            folders[target + name.dropFirst(folder.count)] = held
        }
    }
}
