import Fuse
import Glibc
import Synchronization

/// A tree in memory whose files behave as their names say.
///
/// - `hello`, `large` (read through a descriptor), `changing`: plain reads
/// - `stuck`: its open never answers and ignores cancellation; `late`, `firm`: it answers on command; `patient`:
///   it does something on command, which is said, and answers
/// - `dull`: its reads never answer
/// - `held`: whoever looks it up is never answered, and holds the thread that asks
/// - `many`: 100,000 files; `folder`: starts with `old`; names can be added and files written
final class TestFileSystem: FileSystem {
    struct Node {
        var name: [UInt8]
        var parent: Inode
        var bytes: [UInt8]?
        var children: [Inode] = []
        var lookups: UInt64 = 0
        var permissions: UInt16
    }

    struct State {
        var nodes: [Inode: Node] = [:]
        var names: [Inode: [[UInt8]: Inode]] = [:]
        var counts: [String: Int] = [:]
        var gates: [String: CheckedContinuation<Void, Never>] = [:]
        var next: Inode = 1000
    }

    static let many: Inode = 20
    static let firstOfMany: Inode = 1_000_000
    static let manyCount = 100_000
    static let day = 86_400.0

    let opensWithoutAsking: Bool
    let xattrError: Errno
    let state = Mutex(State())
    let notifier = Mutex<Notifier?>(nil)
    let writers = Mutex<WriterWatch?>(nil)
    let mountpoint = Mutex("")
    let largeFile: LargeFile

    init(opensWithoutAsking: Bool, xattrError: Errno) {
        self.opensWithoutAsking = opensWithoutAsking
        self.xattrError = xattrError
        largeFile = LargeFile()
        state.withLock { state in
            state.nodes[.root] = Node(name: [], parent: .root, bytes: nil, permissions: 0o755)
            state.add("hello", 10, "hello\n")
            state.add("changing", 11, "version 1\n")
            state.add("stuck", 12, "stuck\n")
            state.add("late", 13, "late\n")
            state.add("firm", 14, "firm\n")
            state.add("patient", 18, "patient\n")
            state.add("dull", 15, "dull\n")
            state.add("large", 16, "")
            state.add("direct", 17, "direct\n")
            state.addFolder("many", Self.many)
            state.addFolder("folder", 21)
            state.add("old", 22, "old\n", in: 21)
        }
    }

    func count(_ what: String) { state.withLock { $0.counts[what, default: 0] += 1 } }

    func initialized(_ capabilities: Capabilities) {
        say("initialized \(capabilities.protocolMajor).\(capabilities.protocolMinor) \(capabilities)")
    }

    func attributes(_ inode: Inode) -> Attributes? {
        if inode >= Self.firstOfMany {
            return Attributes(inode: inode, kind: .regularFile, permissions: 0o644, uid: 0, gid: 0, size: 6)
        }
        return state.withLock { state in
            guard let node = state.nodes[inode] else { return nil }
            let size = inode == 16 ? LargeFile.size : node.bytes?.count ?? 0
            return Attributes(
                inode: inode, kind: node.bytes == nil ? .directory : .regularFile, permissions: node.permissions,
                linkCount: node.bytes == nil ? 2 : 1, uid: 0, gid: 0, size: UInt64(size), modified: 1_700_000_000)
        }
    }

    func entry(_ inode: Inode) -> Entry? {
        attributes(inode).map {
            Entry(inode: inode, attributes: $0, attributeTimeout: Self.day, entryTimeout: Self.day)
        }
    }

    func lookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        count("lookup")
        let name = Array(name)
        if parent == Self.many {
            guard name.count == 7, let number = Int(String(decoding: name.dropFirst(), as: UTF8.self)) else {
                return .now(.absent(timeout: Self.day))
            }
            return entry(Self.firstOfMany + Inode(number)).map { .now($0) } ?? .failed(.notFound)
        }
        if name == Array("held".utf8) {
            say("holding")
            while true { pause() }
        }
        if name == Array("slow".utf8) {
            return .later {
                await self.wait("slow")
                return self.entry(22) ?? .absent(timeout: 0)
            }
        }
        let inode = state.withLock { $0.names[parent]?[name] }
        guard let inode, let entry = entry(inode) else { return .now(.absent(timeout: Self.day)) }
        state.withLock { $0.nodes[inode]?.lookups += 1 }
        return .now(entry)
    }

    func forget(_ inode: Inode, _ count: UInt64) {
        self.count("forget")
        if inode == 22 { say("forgotten \(count)") }
        state.withLock { $0.nodes[inode]?.lookups &-= count }
    }

    func getattr(_ inode: Inode, _ handle: Handle?) -> Answer<TimedAttributes> {
        count("getattr")
        guard let attributes = attributes(inode) else { return .failed(.stale) }
        return .now(TimedAttributes(attributes, timeout: Self.day))
    }

    func setattr(
        _ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller
    ) -> Answer<TimedAttributes> {
        count("setattr")
        state.withLock { state in
            if let permissions = change.permissions { state.nodes[inode]?.permissions = permissions }
            if let size = change.size, let bytes = state.nodes[inode]?.bytes {
                let size = Int(clamping: size)
                state.nodes[inode]?.bytes =
                    Array(bytes.prefix(size)) + [UInt8](repeating: 0, count: max(0, size - bytes.count))
            }
        }
        return getattr(inode, handle)
    }

    func statfs(_ inode: Inode) -> Answer<FileSystemStatistics> {
        .now(FileSystemStatistics(blocks: 1000, free: 500, available: 400))
    }
}

extension TestFileSystem.State {
    mutating func add(_ name: String, _ inode: Inode, _ text: String, in parent: Inode = .root) {
        insert(Array(name.utf8), inode, Array(text.utf8), parent)
    }

    mutating func addFolder(_ name: String, _ inode: Inode) { insert(Array(name.utf8), inode, nil, .root) }

    mutating func insert(_ name: [UInt8], _ inode: Inode, _ bytes: [UInt8]?, _ parent: Inode) {
        nodes[inode] = TestFileSystem.Node(
            name: name, parent: parent, bytes: bytes, permissions: bytes == nil ? 0o755 : 0o644)
        nodes[parent]?.children.append(inode)
        names[parent, default: [:]][name] = inode
    }
}
