// Names, as they are asked for by anybody and by the thread of `WatcherEvents`. Whatever that one does has no effect, and it waits for nothing
// in a handler: it may have locked the directory.
extension Dispatcher {
    func lookup(_ request: Request, _ parent: Inode, _ name: UnsafeRawBufferPointer) {
        let caller = request.caller
        reply(
            request, EntryReply(),
            watchers.makes(caller) ? ownLookup(parent, name, caller) : fileSystem.lookup(parent, name, caller))
    }

    func mknod(_ request: Request, _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32, device: UInt64) {
        let caller = request.caller
        reply(
            request, EntryReply(),
            watchers.makes(caller)
                ? ownAppearance(.regularFile, parent, name, caller)
                : fileSystem.mknod(parent, name, mode: mode, device: device, caller))
    }

    func mkdir(_ request: Request, _ parent: Inode, _ name: UnsafeRawBufferPointer, mode: UInt32) {
        let caller = request.caller
        reply(
            request, EntryReply(),
            watchers.makes(caller)
                ? ownAppearance(.directory, parent, name, caller)
                : fileSystem.mkdir(parent, name, mode: mode, caller))
    }

    func unlink(_ request: Request, _ parent: Inode, _ name: UnsafeRawBufferPointer) {
        let caller = request.caller
        reply(
            request, EmptyReply(),
            watchers.makes(caller) ? ownDeparture(parent, name, caller) : fileSystem.unlink(parent, name, caller))
    }

    func rmdir(_ request: Request, _ parent: Inode, _ name: UnsafeRawBufferPointer) {
        let caller = request.caller
        reply(
            request, EmptyReply(),
            watchers.makes(caller) ? ownDeparture(parent, name, caller) : fileSystem.rmdir(parent, name, caller))
    }

    func forget(_ inode: Inode, _ count: UInt64) {
        if WatcherEvents.isNobody(inode) { return }
        watchers.forgotten(inode)
        fileSystem.forget(inode, count)
    }

    /// What appears must not be there yet for the kernel, and what is gone has to be there still.
    private func ownLookup(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        switch watchers.call(parent, name)?.kind {
        case .trial, .appearing: .failed(.notFound)
        case .gone(let isDirectory): .now(watchers.departed(isDirectory: isDirectory))
        case nil: present(parent, name, caller)
        }
    }

    private func ownAppearance(
        _ kind: Attributes.Kind, _ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller
    ) -> Answer<Entry> {
        guard watchers.call(parent, name)?.kind == .appearing else { return .failed(.notPermitted) }
        let answer = present(parent, name, caller)
        guard case .now(let entry) = answer, entry.attributes.kind != kind else { return answer }
        EntryReply().takeBack(entry, from: fileSystem)
        return .failed(entry.attributes.kind == .directory ? .isDirectory : .notPermitted)
    }

    private func ownDeparture(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Void> {
        guard case .gone = watchers.call(parent, name)?.kind else { return .failed(.notPermitted) }
        switch present(parent, name, caller) {
        case .failed(.notFound): return .done
        case .failed(let error): return .failed(error)
        case .now(let entry):
            EntryReply().takeBack(entry, from: fileSystem)
            return .failed(.exists)
        case .later, .uninterruptible, .waiting: return .failed(.busy)
        }
    }

    /// The entry of that name, where that is known without waiting.
    private func present(_ parent: Inode, _ name: UnsafeRawBufferPointer, _ caller: Caller) -> Answer<Entry> {
        let answer = fileSystem.lookup(parent, name, caller)
        switch answer {
        case .now(let entry): return entry.inode == 0 ? .failed(.notFound) : answer
        case .failed: return answer
        case .later, .uninterruptible, .waiting: return .failed(.busy)
        }
    }
}
