import Fuse
import Synchronization

extension TestFileSystem {
    func opendir(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        count("opendir")
        return .now(OpenReply(keepCache: true, cacheDirectory: true))
    }

    func readdir(
        _ inode: Inode, _ handle: Handle, offset: Int64, capacity: Int, plus: Bool
    ) -> Answer<DirectoryBuffer> {
        count(plus ? "readdirplus" : "readdir")
        let buffer = DirectoryBuffer(capacity: capacity, plus: plus)
        if inode == Self.many {
            listMany(into: buffer, from: Int(offset))
            return .now(buffer)
        }
        let children = state.withLock { $0.nodes[inode]?.children ?? [] }
        for (index, child) in children.enumerated().dropFirst(Int(clamping: offset)) {
            guard let entry = entry(child), let name = state.withLock({ $0.nodes[child]?.name }) else { continue }
            let added = name.withUnsafeBytes {
                buffer.append(name: $0, entry: entry, nextOffset: Int64(index) + 1)
            }
            if !added { break }
            if plus { state.withLock { $0.nodes[child]?.lookups += 1 } }
        }
        return .now(buffer)
    }

    private func listMany(into buffer: DirectoryBuffer, from offset: Int) {
        for number in offset..<max(offset, Self.manyCount) {
            guard let entry = entry(Self.firstOfMany + Inode(number)) else { return }
            let digits = String(number)
            let name = Array(("n" + String(repeating: "0", count: 6 - digits.count) + digits).utf8)
            let added = name.withUnsafeBytes {
                buffer.append(name: $0, entry: entry, nextOffset: Int64(number) + 1)
            }
            if !added { return }
        }
    }

    func releasedir(_ inode: Inode, _ handle: Handle) -> Answer<Void> { .done }
}
