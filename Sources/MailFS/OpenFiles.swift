internal import Fuse
internal import MailModel
internal import MailService
internal import Synchronization

/// What a handle stands for.
struct OpenFile: Sendable {
    var id: MessageID
    /// The message as it was opened; nil for a local file. It stays readable until its last handle is gone, whatever becomes of the
    /// message.
    var body: OpenBody?
    /// The local file; nil for a message. A draft is one that becomes one when it is written to.
    var written: WrittenFile?
    var isWritable: Bool
    /// Each write is followed by fsync (`O_SYNC`): none of them means that the file is whole.
    var isSynchronous = false
    /// As they were when it was opened.
    var attributes: Attributes
}

/// The open files by handle, and the local ones among them by their id.
final class OpenFiles: Sendable {
    private struct Use {
        var handles: Set<Handle> = []
        var writers = 0
    }

    private struct State {
        var next: Handle = 1
        var files: [Handle: OpenFile] = [:]
        var uses: [MessageID: Use] = [:]
        var written: [MessageID: WrittenFile] = [:]
    }

    private let state = Mutex(State())

    /// Another handle's release may have let go of a local file since it was looked up: there is one of it for all handles.
    func insert(_ file: OpenFile) -> Handle {
        var file = file
        return state.withLock { state in
            if let written = file.written {
                file.written = state.written[file.id] ?? written
                state.written[file.id] = file.written
            }
            let handle = state.next
            state.next += 1
            state.files[handle] = file
            state.uses[file.id, default: Use()].handles.insert(handle)
            if file.isWritable { state.uses[file.id]?.writers += 1 }
            return handle
        }
    }

    subscript(handle: Handle) -> OpenFile? { state.withLock { $0.files[handle] } }

    /// Some handle of this file; nil where nobody has it open.
    func anyUse(of id: MessageID) -> OpenFile? {
        state.withLock { state in (state.uses[id]?.handles.first).flatMap { state.files[$0] } }
    }

    func hasWriters(_ id: MessageID) -> Bool { state.withLock { ($0.uses[id]?.writers ?? 0) > 0 } }

    /// - Returns: the file, and whether it was the last handle to write through.
    func remove(_ handle: Handle) -> (file: OpenFile, wasLastWriter: Bool)? {
        state.withLock { state in
            guard let file = state.files.removeValue(forKey: handle) else { return nil }
            state.uses[file.id]?.handles.remove(handle)
            if file.isWritable { state.uses[file.id]?.writers -= 1 }
            let wasLastWriter = file.isWritable && state.uses[file.id]?.writers == 0
            if state.uses[file.id]?.handles.isEmpty == true { state.uses[file.id] = nil }
            return (file, wasLastWriter)
        }
    }

    // MARK: - Local files

    func written(_ id: MessageID) -> WrittenFile? { state.withLock { $0.written[id] } }

    /// The open local file of this id, opened now where it was not.
    func written(_ id: MessageID, opening: () throws -> WrittenFile) rethrows -> WrittenFile {
        if let known = written(id) { return known }
        let new = try opening()
        return state.withLock { state in
            if let known = state.written[id] { return known }
            state.written[id] = new
            return new
        }
    }

    /// Lets go of a local file that nobody has open.
    func close(_ id: MessageID) {
        // Closes a descriptor: outside the lock.
        let closed = state.withLock { $0.uses[id] == nil ? $0.written.removeValue(forKey: id) : nil }
        _ = closed
    }

    var count: Int { state.withLock { $0.files.count } }
}
