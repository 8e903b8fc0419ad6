public import Fuse
internal import Glibc
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

extension MailFileSystem {
    public func create(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, flags: Int32, _ caller: Caller
    ) -> Answer<CreateReply> {
        if let refusal = refusal(ofFile: name, in: parent) { return .failed(refusal) }
        let name = [UInt8](name)
        let make = { @Sendable [self] (name: [UInt8]) throws -> Answer<CreateReply> in
            let (entry, written) = try makeFile(parent, name, isExclusive: flags & O_EXCL != 0)
            return .now(CreateReply(entry: entry, open: opened(written, flags: flags)))
        }
        guard isCrowded else { return withListings([parent], name, make) }
        return .uninterruptible { [self] in
            await waitForRoom()
            return try await withListings([parent], name, make).value()
        }
    }

    /// Programs close files faster than they can be recorded: a new one waits a little, so that not too many are held open. Not long: they
    /// may be open still, and the kernel holds the directory meanwhile.
    private func waitForRoom() async {
        let end = service.elapsed + Self.patience
        while isCrowded, !Task.isCancelled {
            let left = end - service.elapsed
            guard left > .zero else { return }
            await service.wait(for: files.left, atMost: left) { [self] in !isCrowded }
        }
    }

    private static let patience = Duration.milliseconds(100)

    private var isCrowded: Bool { files.attendedCount >= reserve.withLock { $0.crowd } }

    public func mknod(
        _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64, _ caller: Caller
    ) -> Answer<Entry> {
        guard mode & S_IFMT == S_IFREG || mode & S_IFMT == 0 else { return .failed(.notPermitted) }
        if let refusal = refusal(ofFile: name, in: parent) { return .failed(refusal) }
        return withListings([parent], [UInt8](name)) { [self] name in
            let (entry, written) = try makeFile(parent, name, isExclusive: true)
            defer { files.close(written.id) }
            _ = try tell(.closed, of: written).get()
            return .now(entry)
        }
    }

    /// Why no file of that name can be made; nil where it can.
    private func refusal(ofFile name: UnsafeRawBufferPointer, in parent: Inode) -> Errno? {
        if isReadOnly { return .readOnlyFileSystem }
        guard name.count <= Self.nameLimit else { return .nameTooLong }
        guard FileKind.isName(name) else { return .invalidArgument }
        let number = InodeNumber(rawValue: parent)
        guard tree.withLock({ $0.isDirectory(number) }) else { return .stale }
        return isPossible(FileKind(name: name), in: number) ? nil : .notPermitted
    }

    /// Whether a file that a program names so can be in this directory.
    func isPossible(_ kind: FileKind, in directory: InodeNumber) -> Bool {
        switch kind {
        case .message: tree.withLock { $0.holdsMessages(directory) }
        case .scratch: true
        case .trash, .refused: false
        }
    }

    private func makeFile(
        _ parent: Inode, _ name: [UInt8], isExclusive: Bool
    ) throws -> (entry: Entry, written: WrittenFile) {
        let number = InodeNumber(rawValue: parent)
        guard let folder = number.directory else { throw Errno.notDirectory }
        // It came since the kernel looked: told ESTALE, it looks again.
        if find(number, name) != nil { throw isExclusive ? Errno.exists : Errno.stale }
        let local = try changing([(number, name)]) {
            try service.createFile(
                in: folder, name: name,
                purpose: FileKind(name: name) == .message ? access.purposeOfWritten : .scratch)
        }
        let written: WrittenFile
        do {
            written = try files.written(local.id) {
                WrittenFile(
                    id: local.id, file: try spoolFile(of: local.id), stage: .created,
                    live: WrittenFile.Live(size: 0, modified: local.modified))
            }
        } catch {
            // Nobody has it, and nobody was told of it.
            _ = try? service.delete(local.id)
            throw error
        }
        made.withLock { _ = $0.insert(local.id) }
        let attributes = file(local.id, size: 0, modified: local.modified, changed: local.modified)
        let entry = Entry(
            inode: attributes.inode, attributes: attributes, attributeTimeout: 0, entryTimeout: Self.timeout)
        return (entry, written)
    }

    // MARK: - Content

    public func write(
        _ inode: Inode, _ handle: Handle, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32
    ) -> Answer<Int> {
        access.write(inode, handle, offset: offset, bytes, flags: flags)
    }

    /// - Parameter askedFor: where the kernel believes that they are: its pages are wrong where that is elsewhere.
    func write(
        _ bytes: UnsafeRawBufferPointer, at place: Int64, askedFor: Int64, to work: inout WrittenFile.Work,
        _ written: WrittenFile
    ) throws -> Int {
        try work.write(bytes, at: place)
        written.show(WrittenFile.Live(size: work.file.size, modified: service.currentTime))
        if place != askedFor { dropContent(of: InodeNumber(written.id)) }
        return bytes.count
    }

    public func setattr(
        _ inode: Inode, _ handle: Handle?, _ change: SetAttributes, _ caller: Caller
    ) -> Answer<TimedAttributes> {
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        let number = InodeNumber(rawValue: inode)
        guard let id = number.message else {
            return change.size == nil ? getattr(inode, handle) : .failed(.isDirectory)
        }
        return access.setattr(id, inode, handle, change)
    }

    func apply(_ change: SetAttributes, to work: inout WrittenFile.Work, _ written: WrittenFile) throws {
        if let size = change.size {
            try work.truncate(to: size)
            written.show(WrittenFile.Live(size: work.file.size, modified: service.currentTime))
        }
        guard !work.stage.isMessage else { return }
        let modified: Int64
        switch change.modified {
        case .now: modified = service.currentTime
        case .at(let seconds, _):
            modified = seconds
            work.modifiedSet = seconds
        case nil: return
        }
        _ = work.happened(.touched)
        written.show(WrittenFile.Live(size: work.file.size, modified: modified))
        // A program touched what it has closed: that time is what the file is to show.
        if !files.hasWriters(written.id) { work.modifiedSet = modified }
    }

    // MARK: - Drafts

    func isDraft(_ id: MessageID) -> Bool {
        guard let (message, _, folder) = tree.withLock({ $0.message(id) }) else { return false }
        return isDraft(message, in: folder)
    }

    /// Changes a draft, or what is being made still, once it can be written to: what was not there is fetched, and what is being sent awaited.
    ///
    /// - Parameters:
    ///   - isBeingMade: who writes has it open since before it was a message.
    ///   - length: octets to which `body` is going to cut it: a draft that cannot be cut is not made writable.
    ///   - body: nil where the file was let go of meanwhile: it is asked again.
    func editing<Value: Sendable>(
        _ id: MessageID, isBeingMade: Bool = false, cutTo length: UInt64? = nil,
        _ body: @escaping @Sendable (WrittenFile) throws -> Value?
    ) -> Answer<Value> {
        .waiting { [self] in
            if let written = files.written(id), !written.isMessage { return }
            do {
                try await service.waitToEdit(id, isBeingMade: isBeingMade)
            } catch {
                throw Errno(error)
            }
        } then: {
            .uninterruptible { [self] in
                memory.forgetBody(of: id)
                while true {
                    if let value = try body(try await edited(id, isBeingMade: isBeingMade, cutTo: length)) {
                        return value
                    }
                }
            }
        }
    }

    /// A draft, or what is being made still, whose octets are in the spool, for writing.
    func edited(_ id: MessageID, isBeingMade: Bool, cutTo length: UInt64? = nil) async throws -> WrittenFile {
        do {
            if let written = files.written(id), !written.isMessage { return written }
            let local = try await service.edit(
                id, purpose: access.purposeOfWritten, isBeingMade: isBeingMade, cutTo: length)
            let file = try spoolFile(of: id)
            let live = WrittenFile.Live(size: file.size, modified: local.modified)
            let written = files.written(id) {
                WrittenFile(id: id, file: file, stage: .interrupted, live: live)
            }
            try written.work.withLock { work in
                if work.stage.isMessage, try work.takeUp(in: file) { written.show(live) }
            }
            return written
        } catch {
            throw Errno(error)
        }
    }

    // MARK: - Copies

    /// A whole message to an empty file is copied by the server; for anything else the caller reads and writes.
    public func copyFileRange(
        _ source: Inode, _ sourceHandle: Handle, sourceOffset: Int64, _ target: Inode, _ targetHandle: Handle,
        targetOffset: Int64, count: Int, flags: Int32
    ) -> Answer<Int> {
        let ends: CopyEnds
        do {
            ends = try access.copyEnds(source, sourceHandle, target, targetHandle)
        } catch {
            return .failed(error)
        }
        guard flags == 0, files.written(ends.source) == nil, let written = files.written(ends.target) else {
            return .failed(.notSupported)
        }
        let size = Int64(clamping: ends.size)
        if sourceOffset >= size { return .now(0) }
        let isEmpty = written.work.withLock { !$0.stage.isMessage && !$0.stage.isGivenUp && $0.file.size == 0 }
        guard sourceOffset == 0, targetOffset == 0, Int64(clamping: count) >= size, isEmpty else {
            return .failed(.notSupported)
        }
        return .later { [self] in
            do {
                let octets = try await service.copyContent(of: ends.source, to: ends.target)
                takeCopy(of: written, octets)
                return Int(clamping: octets)
            } catch ServiceError.noSpace {
                throw Errno.noSpace
            } catch is CancellationError {
                throw Errno.interrupted
            } catch {
                logger.info("copying message \(ends.source.rawValue) by the server: \(error)")
                throw Errno.notSupported
            }
        }
    }

    private func takeCopy(of written: WrittenFile, _ octets: UInt64) {
        written.work.withLock { work in
            guard !work.stage.isMessage, !work.stage.isGivenUp else { return }
            let file = try? FileDescriptor(writing: service.spoolPath(of: written.id))
            written.show(WrittenFile.Live(size: octets, modified: service.currentTime))
            let action = work.takeCopy(file, hasWriters: files.hasWriters(written.id))
            _ = carryOut(action, of: &work, written)
        }
    }
}
