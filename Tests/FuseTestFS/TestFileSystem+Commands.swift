import Fuse
import Synchronization

extension TestFileSystem {
    /// Each command is answered by the line `done`, which the kernel's part may follow.
    func obey(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        let notifier = notifier.withLock { $0 }
        switch words.first {
        case "answer":
            let gate = state.withLock { $0.gates.removeValue(forKey: words.last ?? "") }
            gate?.resume()
        case "add":
            _ = make(Array((words.last ?? "").utf8), in: 21, Array("new\n".utf8))
        case "announce":
            notifier?.invalidateInode(21)
            notifier?.invalidateEntry(21, Array((words.last ?? "").utf8))
        case "announce-all":
            notifier?.invalidateInode(21)
            notifier?.invalidateEveryEntry()
        case "remove":
            let name = Array((words.last ?? "").utf8)
            let child = state.withLock { state in
                let child = state.names[21]?.removeValue(forKey: name)
                state.nodes[21]?.children.removeAll { $0 == child }
                return child
            }
            if let child { notifier?.deleted(21, child, name) }
        case "change":
            state.withLock { $0.nodes[11]?.bytes = Array("version 2\n".utf8) }
        case "announce-change":
            notifier?.invalidateInode(11)
        case "try":
            let (inode, path) = place(ofName: words.last ?? "")
            writers.withLock { $0 }?.tryOut(inode, path: path) { say("tried \($0)") }
        case "watch":
            writers.withLock { $0 }?.add(place(ofName: words.last ?? "").inode)
        case "check":
            writers.withLock { $0 }?.checkAll(within: 10)
        case "counts":
            let counts = state.withLock { state in
                defer { state.counts = [:] }
                return state.counts
            }
            let text = counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
            say("counts \(text)")
        case "lookups":
            let count = state.withLock { $0.nodes[Inode(words.last ?? "") ?? 0]?.lookups ?? 0 }
            say("lookups \(count)")
        default:
            break
        }
        say("done \(line)")
    }

    /// Of a file in `folder`.
    private func place(ofName name: String) -> (inode: Inode, path: [UInt8]) {
        let inode = state.withLock { $0.names[21]?[Array(name.utf8)] } ?? 0
        return (inode, Array((mountpoint.withLock { $0 } + "/folder/" + name).utf8))
    }

    /// Says what becomes of watched files; a write moves the mark.
    func startWatch(mountpoint: String) {
        self.mountpoint.withLock { $0 = mountpoint }
        let watch = WriterWatch(
            WriterWatch.Events { [self] inode in
                guard let node = state.withLock({ $0.nodes[inode] }), let bytes = node.bytes else { return .gone }
                let name = String(decoding: node.name, as: UTF8.self)
                return .path(place(ofName: name).path, mark: UInt64(bytes.count))
            } closed: { [self] inode, mark, _ in
                guard let node = state.withLock({ $0.nodes[inode] }), let bytes = node.bytes,
                    UInt64(bytes.count) == mark
                else { return false }
                let text = String(decoding: bytes.map { $0 == 10 ? 32 : $0 }, as: UTF8.self)
                say("closed \(String(decoding: node.name, as: UTF8.self)) \(text)")
                return true
            } seenOpen: { [self] inode, _ in
                say("open \(String(decoding: state.withLock { $0.nodes[inode]?.name ?? [] }, as: UTF8.self))")
            })
        try? watch.start()
        writers.withLock { $0 = watch }
    }
}
