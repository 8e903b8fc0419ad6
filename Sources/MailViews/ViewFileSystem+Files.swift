public import Fuse
internal import Glibc

extension ViewFileSystem {
    /// Waits for the content where its size is not known, so that whoever has it open sees the exact one.
    public func open(_ inode: Inode, flags: Int32, _ caller: Caller) -> Answer<OpenReply> {
        guard let row = inodes[inode] else { return .failed(.stale) }
        guard case .file(let file) = row.node else { return .failed(.isDirectory) }
        guard flags & O_ACCMODE == O_RDONLY else { return .failed(.readOnlyFileSystem) }
        file.opened()
        if let content = contents.content(inode, 0) { return .now(opened(inode, content)) }
        if row.exactSize != nil { return .now(opened(inode, nil)) }
        return .later { [self] in opened(inode, try await make(inode, file)) }
    }

    /// The content of an inode never changes, so that pages of it stay valid.
    private func opened(_ inode: Inode, _ content: ViewContent?) -> OpenReply {
        if let content {
            let size = UInt64(content.octets.count)
            if let told = inodes.made(inode, size: size), told != size { correctSize(of: inode) }
        }
        return OpenReply(handle: contents.open(inode, content), keepCache: true, noFlush: true)
    }

    func make(_ inode: Inode, _ file: any ViewFile, for handle: Handle = 0) async throws -> ViewContent {
        if let content = contents.content(inode, handle) { return content }
        let content = try await file.content()
        contents.keep(inode, content, for: handle)
        _ = inodes.made(inode, size: UInt64(content.octets.count))
        return content
    }

    /// The kernel may open without asking: then it asks for attributes before it reads, or its first read makes the content.
    public func read(_ inode: Inode, _ handle: Handle, offset: Int64, count: Int) -> Answer<ReadReply> {
        guard let row = inodes[inode] else { return .failed(.stale) }
        guard case .file(let file) = row.node else { return .failed(.isDirectory) }
        if handle == 0, offset == 0 { file.opened() }
        if let content = contents.content(inode, handle) {
            do {
                return .now(.bytes(try part(of: content, inode, offset, count)))
            } catch {
                return .failed(error)
            }
        }
        return .later { [self] in
            .bytes(try part(of: try await make(inode, file, for: handle), inode, offset, count))
        }
    }

    /// Of a file that the kernel takes for longer than it is, a read that ends early ends the file; one from behind the end must not be
    /// answered before that, and fails. Of one that it takes for shorter it would miss the end: this read fails, and the next one goes by the
    /// right size.
    private func part(
        of content: ViewContent, _ inode: Inode, _ offset: Int64, _ count: Int
    ) throws(Errno) -> [UInt8] {
        let size = content.octets.count
        let told = inodes[inode]?.toldSize ?? UInt64(size)
        if told < UInt64(size) {
            correctSize(of: inode)
            throw .ioError
        }
        if told > UInt64(size), offset > Int64(size) { throw .ioError }
        guard offset >= 0, offset < Int64(size), count > 0 else { return [] }
        let start = Int(offset)
        return Array(content.octets[start..<start + min(count, size - start)])
    }

    public func flush(_ inode: Inode, _ handle: Handle) -> Answer<Void> { .done }

    public func release(_ inode: Inode, _ handle: Handle, flags: Int32) -> Answer<Void> {
        contents.release(handle)
        return .done
    }

    public func fsync(_ inode: Inode, _ handle: Handle, dataOnly: Bool) -> Answer<Void> { .done }

    // MARK: - What views never do

    public func setattr(
        _ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller
    ) -> Answer<TimedAttributes> {
        .failed(.readOnlyFileSystem)
    }

    public func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> { .failed(.readOnlyFileSystem) }

    public func copyFileRange(
        _ source: Inode, _ sourceHandle: Handle, sourceOffset: Int64, _ target: Inode, _ targetHandle: Handle,
        targetOffset: Int64, count: Int, flags: Int32
    ) -> Answer<Int> { .failed(.notSupported) }

    // MARK: - Extended attributes: there are none

    public func getxattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<[UInt8]> {
        .failed(name.starts(with: "user.".utf8) ? .noData : .notSupported)
    }

    public func listxattr(_ inode: Inode) -> Answer<[[UInt8]]> { .now([]) }

    public func setxattr(
        _ inode: Inode, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: Int32, _ caller: Caller
    ) -> Answer<Void> { .failed(.notSupported) }

    public func removexattr(_ inode: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        .failed(name.starts(with: "user.".utf8) ? .noData : .notSupported)
    }
}
