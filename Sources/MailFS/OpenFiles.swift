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
///
/// In fast mode there are no handles: whoever may write to a file *attends* it, from its creation or a write on until the kernel says that
/// nobody has it open for writing.
final class OpenFiles: Sendable {
    private struct Use {
        var handles: Set<Handle> = []
        var writers = 0
    }

    struct Attendance {
        /// Each write is followed by fsync.
        var isSynchronous: Bool
        /// It was seen open some time after it was made.
        var isKnownOpen = false
    }

    private struct State {
        var next: Handle = 1
        var files: [Handle: OpenFile] = [:]
        var uses: [MessageID: Use] = [:]
        var written: [MessageID: WrittenFile] = [:]
        var isFast = false
        var attended: [MessageID: Attendance] = [:]
    }

    private let state = Mutex(State())
    private let fast = Atomic(false)

    /// The kernel opens and closes files without asking. Once true, always true.
    var isFast: Bool { fast.load(ordering: .acquiring) }

    /// From here on nobody is asked for handles, and those that there are mean nothing.
    ///
    /// - Returns: false where somebody has a file open for writing, whose close is still to be seen.
    func becomeFast() -> Bool {
        // Closes descriptors: outside the lock.
        let dropped = state.withLock { state -> ([Handle: OpenFile], [MessageID: WrittenFile])? in
            if state.isFast { return ([:], [:]) }
            guard state.uses.values.allSatisfy({ $0.writers == 0 }),
                state.written.keys.allSatisfy({ state.uses[$0] != nil })
            else { return nil }
            defer {
                state.files = [:]
                state.uses = [:]
                state.written = [:]
                state.isFast = true
                fast.store(true, ordering: .releasing)
            }
            return (state.files, state.written)
        }
        return dropped != nil
    }

    /// Another handle's release may have let go of a local file since it was looked up: there is one of it for all handles.
    ///
    /// - Returns: nil in fast mode.
    func insert(_ file: OpenFile) -> Handle? {
        var file = file
        return state.withLock { state in
            if state.isFast { return nil }
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

    func hasWriters(_ id: MessageID) -> Bool {
        state.withLock { ($0.uses[id]?.writers ?? 0) > 0 || $0.attended[id] != nil }
    }

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
        let closed = state.withLock { state in
            state.uses[id] == nil && state.attended[id] == nil ? state.written.removeValue(forKey: id) : nil
        }
        _ = closed
    }

    // MARK: - Attendance

    /// Somebody may write to it from now on.
    ///
    /// - Returns: false where it was let go of since it was looked up: look again.
    func attend(_ written: WrittenFile, isSynchronous: Bool) -> Bool {
        state.withLock { state in
            guard state.written[written.id] === written else { return false }
            if state.attended[written.id] == nil {
                state.attended[written.id] = Attendance(isSynchronous: isSynchronous)
            } else if isSynchronous {
                state.attended[written.id]?.isSynchronous = true
            }
            return true
        }
    }

    func attendance(of id: MessageID) -> Attendance? { state.withLock { $0.attended[id] } }

    /// - Returns: whether that is new.
    func setKnownOpen(_ id: MessageID) -> Bool {
        state.withLock { state in
            guard let attendance = state.attended[id], !attendance.isKnownOpen else { return false }
            state.attended[id]?.isKnownOpen = true
            return true
        }
    }

    /// Each of them holds a descriptor.
    static let crowd = 128

    var isCrowded: Bool { state.withLock { $0.attended.count >= Self.crowd } }

    func endAttendance(_ id: MessageID) { state.withLock { $0.attended[id] = nil } }

    var attended: [MessageID] { state.withLock { Array($0.attended.keys) } }

    var count: Int { state.withLock { $0.files.count } }
}
