internal import Fuse
internal import MailModel
internal import MailService

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

/// What each handle stands for, and who has each file open.
struct HandleTable: Sendable {
    private struct Use {
        var handles: Set<Handle> = []
        var writers = 0
    }

    private var next: Handle = 1
    private(set) var files: [Handle: OpenFile] = [:]
    private var uses: [MessageID: Use] = [:]

    var hasWriters: Bool { uses.values.contains { $0.writers > 0 } }

    func hasWriters(_ id: MessageID) -> Bool { (uses[id]?.writers ?? 0) > 0 }

    func isOpen(_ id: MessageID) -> Bool { uses[id] != nil }

    func anyUse(of id: MessageID) -> OpenFile? { (uses[id]?.handles.first).flatMap { files[$0] } }

    mutating func insert(_ file: OpenFile) -> Handle {
        let handle = next
        next += 1
        files[handle] = file
        uses[file.id, default: Use()].handles.insert(handle)
        if file.isWritable { uses[file.id]?.writers += 1 }
        return handle
    }

    /// - Returns: the file, and whether it was the last handle to write through.
    mutating func remove(_ handle: Handle) -> (file: OpenFile, wasLastWriter: Bool)? {
        guard let file = files.removeValue(forKey: handle) else { return nil }
        uses[file.id]?.handles.remove(handle)
        if file.isWritable { uses[file.id]?.writers -= 1 }
        let wasLastWriter = file.isWritable && !hasWriters(file.id)
        if uses[file.id]?.handles.isEmpty == true { uses[file.id] = nil }
        return (file, wasLastWriter)
    }
}
