import Fuse
import Glibc
import Synchronization

extension TestFileSystem {
    func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        count("open")
        if opensWithoutAsking { return .failed(.noSystemCall) }
        switch inode {
        case 12:
            return .later {
                say("waiting stuck")
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
                return OpenReply()
            }
        case 13:
            return .later {
                await self.wait("late")
                return OpenReply(handle: 77)
            }
        case 14:
            return .uninterruptible {
                await self.wait("firm")
                return OpenReply(handle: 78)
            }
        case 18:
            return .waiting {
                await self.wait("patient")
            } then: {
                self.count("patient")
                return .now(OpenReply(handle: 79))
            }
        case 17:
            return .now(OpenReply(handle: 22, directIO: true))
        default:
            return .now(OpenReply(handle: inode + 5, keepCache: true, noFlush: flags & O_ACCMODE == O_RDONLY))
        }
    }

    /// Suspends until the command `answer <gate>`, whatever the task is told.
    func wait(_ gate: String) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.gates[gate] = continuation }
            say("waiting \(gate)")
        }
    }

    func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        self.count("read")
        if inode == 15 {
            return .later {
                say("waiting dull")
                try await Task.sleep(for: .seconds(3600))
                return .bytes([])
            }
        }
        if inode == 16 {
            return .now(
                .file(descriptor: largeFile.descriptor, offset: offset, count: count, keepAlive: largeFile))
        }
        if inode >= Self.firstOfMany { return .now(.bytes(offset == 0 ? Array("small\n".utf8) : [])) }
        guard let bytes = state.withLock({ $0.nodes[inode]?.bytes }) else { return .failed(.isDirectory) }
        return .later { .bytes(Array(bytes.dropFirst(Int(clamping: offset)).prefix(count))) }
    }

    func create(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller
    ) -> Answer<CreateReply> {
        count("create")
        let inode = make(Array(name), in: parent)
        guard let entry = entry(inode) else { return .failed(.ioError) }
        return .now(CreateReply(entry: entry, open: OpenReply(handle: inode + 5)))
    }

    func mknod(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller
    ) -> Answer<Entry> {
        entry(make(Array(name), in: parent)).map { .now($0) } ?? .failed(.ioError)
    }

    func make(_ name: [UInt8], in parent: Inode, _ bytes: [UInt8] = []) -> Inode {
        state.withLock { state in
            state.next += 1
            state.insert(name, state.next, bytes, parent)
            return state.next
        }
    }

    func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> {
        count("write")
        return state.withLock { state in
            guard var content = state.nodes[inode]?.bytes else { return .failed(.badDescriptor) }
            let end = Int(clamping: offset) + bytes.count
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            content.replaceSubrange(Int(clamping: offset)..<end, with: bytes)
            state.nodes[inode]?.bytes = content
            return .now(bytes.count)
        }
    }

    func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> {
        count("flush")
        if opensWithoutAsking { return .failed(.noSystemCall) }
        return .done
    }

    func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> {
        count("release")
        say("released \(handle)")
        return .done
    }

    func unlink(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        let name = Array(name)
        return state.withLock { state in
            guard let inode = state.names[parent]?.removeValue(forKey: name) else { return .failed(.notFound) }
            state.nodes[parent]?.children.removeAll { $0 == inode }
            return .done
        }
    }

    func rename(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, _ newParent: Inode, _ newName: UnsafeRawBufferPointer,
        flags: UInt32, _ caller: Caller
    ) -> Answer<Void> {
        let (name, newName) = (Array(name), Array(newName))
        return state.withLock { state in
            if flags & 1 != 0, state.names[newParent]?[newName] != nil { return .failed(.exists) }
            guard let inode = state.names[parent]?.removeValue(forKey: name) else { return .failed(.notFound) }
            state.nodes[parent]?.children.removeAll { $0 == inode }
            state.nodes[newParent]?.children.append(inode)
            state.nodes[inode]?.name = newName
            state.nodes[inode]?.parent = newParent
            state.names[newParent, default: [:]][newName] = inode
            return .done
        }
    }
}
