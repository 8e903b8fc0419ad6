internal import Fuse

/// A directory with a fixed set of entries: `.views` itself, and what stands between.
public struct FixedDirectory: ViewDirectory {
    public let modified: Int64
    private let entries: [(name: String, directory: any ViewDirectory)]

    public init(modified: Int64, _ entries: [(name: String, directory: any ViewDirectory)]) {
        self.modified = modified
        self.entries = entries
    }

    public func lookup(_ name: [UInt8]) async throws -> ViewNode? {
        entries.first { name.elementsEqual($0.name.utf8) }.map { .directory($0.directory) }
    }

    public func listing() async throws -> ViewListing {
        var listing = ViewListing()
        for entry in entries { listing.append(entry.name.utf8, .directory) }
        return listing
    }
}
