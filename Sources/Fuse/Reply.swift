internal import CFuse3
internal import Glibc

/// How a value becomes an answer to the kernel.
protocol Reply: Sendable {
    associatedtype Value: Sendable
    /// - Returns: as libfuse: 0, or a negative error number when the answer did not arrive. The request is gone either
    ///   way.
    func send(_ value: Value, to request: Request) -> Int32
    /// Takes back what a value that did not arrive has promised.
    func takeBack(_ value: Value, from fileSystem: any FileSystem)
}

extension Reply {
    func takeBack(_ value: Value, from fileSystem: any FileSystem) {}
}

struct EmptyReply: Reply {
    func send(_ value: Void, to request: Request) -> Int32 { fuse_reply_err(request.pointer, 0) }
}

struct EntryReply: Reply {
    func send(_ value: Entry, to request: Request) -> Int32 {
        var parameters = value.parameters
        return fuse_reply_entry(request.pointer, &parameters)
    }

    func takeBack(_ value: Entry, from fileSystem: any FileSystem) {
        if value.inode != 0 { fileSystem.forget(value.inode, 1) }
    }
}

struct AttributesReply: Reply {
    func send(_ value: TimedAttributes, to request: Request) -> Int32 {
        var stat = value.attributes.stat
        return fuse_reply_attr(request.pointer, &stat, max(value.timeout, 0))
    }
}

struct OpenedReply: Reply {
    let inode: Inode
    let flags: Int32
    let directory: Bool

    func send(_ value: OpenReply, to request: Request) -> Int32 {
        var information = value.information
        return fuse_reply_open(request.pointer, &information)
    }

    func takeBack(_ value: OpenReply, from fileSystem: any FileSystem) {
        let answer =
            directory
            ? fileSystem.releasedir(inode, value.handle) : fileSystem.release(inode, value.handle, flags: flags)
        answer.runUnanswered()
    }
}

struct CreatedReply: Reply {
    let flags: Int32

    func send(_ value: CreateReply, to request: Request) -> Int32 {
        var parameters = value.entry.parameters
        var information = value.open.information
        return fuse_reply_create(request.pointer, &parameters, &information)
    }

    func takeBack(_ value: CreateReply, from fileSystem: any FileSystem) {
        fileSystem.release(value.entry.inode, value.open.handle, flags: flags).runUnanswered()
        fileSystem.forget(value.entry.inode, 1)
    }
}

struct LinkTargetReply: Reply {
    func send(_ value: [UInt8], to request: Request) -> Int32 {
        (value + [0]).withUnsafeBytes {
            fuse_reply_readlink(request.pointer, $0.bindMemory(to: CChar.self).baseAddress)
        }
    }
}

struct DataReply: Reply {
    /// Bytes asked for: the kernel takes no more.
    let limit: Int

    func send(_ value: ReadReply, to request: Request) -> Int32 {
        switch value {
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { request.send(UnsafeRawBufferPointer(rebasing: $0.prefix(limit))) }
        case .file(let descriptor, let offset, let count, let keepAlive):
            return withExtendedLifetime(keepAlive) {
                request.send(from: descriptor, offset: offset, count: min(count, limit))
            }
        }
    }
}

struct CountReply: Reply {
    func send(_ value: Int, to request: Request) -> Int32 { fuse_reply_write(request.pointer, max(value, 0)) }
}

struct OffsetReply: Reply {
    func send(_ value: Int64, to request: Request) -> Int32 { fuse_reply_lseek(request.pointer, Int(value)) }
}

struct ListingReply: Reply {
    func send(_ value: DirectoryBuffer, to request: Request) -> Int32 { request.send(value.bytes) }

    func takeBack(_ value: DirectoryBuffer, from fileSystem: any FileSystem) {
        value.forEachLookup { fileSystem.forget($0, 1) }
    }
}

struct StatisticsReply: Reply {
    func send(_ value: FileSystemStatistics, to request: Request) -> Int32 {
        var statistics = value.statvfs
        return fuse_reply_statfs(request.pointer, &statistics)
    }
}

/// Size 0 asks for the length; a value longer than `size` is ERANGE: getxattr(2), listxattr(2).
struct AttributeValueReply: Reply {
    let size: Int

    func send(_ value: [UInt8], to request: Request) -> Int32 {
        if size == 0 { return fuse_reply_xattr(request.pointer, value.count) }
        if value.count > size { return fuse_reply_err(request.pointer, ERANGE) }
        return value.withUnsafeBytes(request.send)
    }
}

struct AttributeNamesReply: Reply {
    let size: Int

    func send(_ value: [[UInt8]], to request: Request) -> Int32 {
        AttributeValueReply(size: size).send(Array(value.map { $0 + [0] }.joined()), to: request)
    }
}

extension Answer {
    /// Does what there is to do where nobody waits for the answer.
    func runUnanswered() {
        switch self {
        case .now, .failed: return
        case .later(let operation), .uninterruptible(let operation):
            Task.detached { _ = try? await operation() }
        case .waiting(let wait, let then):
            Task.detached {
                try await wait()
                then().runUnanswered()
            }
        }
    }
}
