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
}
