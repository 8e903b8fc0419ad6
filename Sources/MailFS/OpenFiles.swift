internal import Fuse
internal import MailModel
internal import MailService
internal import Synchronization

/// The open files by handle, and the local ones among them by their id.
///
/// In fast mode there are no handles: whoever may write to a file *attends* it, from its creation or a write on until the kernel says that
/// nobody has it open for writing.
final class OpenFiles: Sendable {
    struct Attendance {
        /// Each write is followed by fsync.
        var isSynchronous: Bool
        /// It was seen open some time after it was made.
        var isKnownOpen = false
    }

    private struct State {
        /// nil in fast mode.
        var handles: HandleTable? = HandleTable()
        var written: [MessageID: WrittenFile] = [:]
        var attended: [MessageID: Attendance] = [:]
    }

    private let state = Mutex(State())
    /// Rings when a file is attended no more.
    let left = Bell()
    private let given = Atomic(true)

    /// The kernel asks for each open and says each close. Once false, always false.
    var hasHandles: Bool { given.load(ordering: .acquiring) }

    /// From here on nobody is asked for handles, and those that there are mean nothing.
    ///
    /// - Returns: false where somebody has a file open for writing, whose close is still to be seen.
    func becomeFast() -> Bool {
        // Closes descriptors: outside the lock.
        let dropped = state.withLock { state -> ([Handle: OpenFile], [MessageID: WrittenFile])? in
            guard let handles = state.handles else { return ([:], [:]) }
            guard !handles.hasWriters, state.written.keys.allSatisfy(handles.isOpen) else { return nil }
            defer {
                state.handles = nil
                state.written = [:]
                given.store(false, ordering: .releasing)
            }
            return (handles.files, state.written)
        }
        return dropped != nil
    }

    /// Another handle's release may have let go of a local file since it was looked up: there is one of it for all handles.
    ///
    /// - Returns: nil in fast mode.
    func insert(_ file: OpenFile) -> Handle? {
        var file = file
        return state.withLock { state in
            guard state.handles != nil else { return nil }
            if let written = file.written {
                file.written = state.written[file.id] ?? written
                state.written[file.id] = file.written
            }
            return state.handles?.insert(file)
        }
    }

    subscript(handle: Handle) -> OpenFile? { state.withLock { $0.handles?.files[handle] } }

    /// Some handle of this file; nil where nobody has it open.
    func anyUse(of id: MessageID) -> OpenFile? {
        state.withLock { $0.handles?.anyUse(of: id) }
    }

    func hasWriters(_ id: MessageID) -> Bool {
        state.withLock { $0.handles?.hasWriters(id) == true || $0.attended[id] != nil }
    }

    /// - Returns: the file, and whether it was the last handle to write through.
    func remove(_ handle: Handle) -> (file: OpenFile, wasLastWriter: Bool)? {
        state.withLock { $0.handles?.remove(handle) }
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
            state.handles?.isOpen(id) != true && state.attended[id] == nil ? state.written.removeValue(forKey: id) : nil
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

    var attendedCount: Int { state.withLock { $0.attended.count } }

    func endAttendance(_ id: MessageID) {
        if state.withLock({ $0.attended.removeValue(forKey: id) }) != nil { left.ring() }
    }

    /// Fast mode: nobody has it open. At once, so that nobody attends what is let go of.
    func leave(_ id: MessageID) {
        // Closes a descriptor: outside the lock.
        let (closed, wasAttended) = state.withLock { state in
            (state.written.removeValue(forKey: id), state.attended.removeValue(forKey: id) != nil)
        }
        _ = closed
        if wasAttended { left.ring() }
    }

    var attended: [MessageID] { state.withLock { Array($0.attended.keys) } }

    var count: Int { state.withLock { $0.handles?.files.count ?? 0 } }
}
