internal import Fuse
internal import Glibc
internal import Logging
internal import MailModel
internal import MailService
internal import MailTree
internal import PosixFile
internal import Synchronization

// Fast mode: writes and new sizes come without a handle.
extension MailFileSystem {
    /// A local file that may be written to, watched until nobody does; nil for messages.
    ///
    /// - Throws: `Errno`.
    func withWritable<Result>(
        _ id: MessageID, flags: Int32, _ body: (inout WrittenFile.Work, WrittenFile) throws -> Result
    ) throws -> Result? {
        while true {
            let found: WrittenFile?
            if let known = files.written(id), !known.isMessage {
                found = known
            } else {
                found = try tree.withLock({ $0.message(id) }).flatMap {
                    try localFile(id, $0.summary, forWriting: true)
                }
            }
            guard let written = found else { return nil }
            guard attend(written, flags: flags) else { continue }
            let result = try written.work.withLock { work -> Result? in
                // It may have become a message meanwhile.
                work.stage == .left || work.stage == .apart ? nil : try body(&work, written)
            }
            if let result { return result }
        }
    }

    /// - Returns: false where the file was let go of meanwhile.
    func attend(_ written: WrittenFile, flags: Int32) -> Bool {
        guard files.attend(written, isSynchronous: flags & (O_SYNC | O_DSYNC) != 0) else { return false }
        switch purpose(of: written) {
        case .unfinished, .empty: try? service.watch(written.id, as: .unattended)
        case .open where files.attendance(of: written.id)?.isKnownOpen != true:
            try? service.watch(written.id, as: .unattended)
        case .scratch, .upload, .unattended, .open, nil: break
        }
        watch.add(InodeNumber(written.id).rawValue)
        return true
    }

    func writeUnasked(_ inode: Inode, offset: Int64, _ bytes: UnsafeRawBufferPointer, flags: Int32) -> Answer<Int> {
        guard let id = InodeNumber(rawValue: inode).message, offset >= 0 else { return .failed(.badDescriptor) }
        if isReadOnly { return .failed(.readOnlyFileSystem) }
        do {
            if let count = try writeLocal(id, offset, bytes, flags) { return .now(count) }
        } catch {
            return .failed(Errno(error))
        }
        guard isDraft(id) else { return .failed(.notPermitted) }
        let copy = [UInt8](bytes)
        return editing(id) { [self] _ in
            try copy.withUnsafeBytes { try writeLocal(id, offset, $0, flags) }
        }
    }

    /// The size or the time of a file is changed: the size by an open with O_TRUNC perhaps, of which nothing else is told.
    func changeUnasked(_ id: MessageID, _ inode: Inode, _ change: SetAttributes) -> Answer<TimedAttributes> {
        guard change.size != nil || change.modified != nil else { return getattr(inode, nil) }
        do {
            if try changeLocal(id, change) { return getattr(inode, nil) }
        } catch {
            return .failed(Errno(error))
        }
        guard change.size != nil else { return getattr(inode, nil) }
        guard isDraft(id) else { return .failed(.notPermitted) }
        return editing(id, cutTo: change.size) { [self] _ in
            guard try changeLocal(id, change), case .now(let attributes) = getattr(inode, nil) else { return nil }
            return attributes
        }
    }

    private func changeLocal(_ id: MessageID, _ change: SetAttributes) throws -> Bool {
        try withWritable(id, flags: 0) { work, written in
            try apply(change, to: &work, written)
            return true
        } ?? false
    }

    private func writeLocal(
        _ id: MessageID, _ offset: Int64, _ bytes: UnsafeRawBufferPointer, _ flags: Int32
    ) throws -> Int? {
        try withWritable(id, flags: flags) { work, written in
            // Nobody hears it from the close.
            let place = work.place(of: offset, flags)
            if service.isTooLarge(id, UInt64(clamping: place) &+ UInt64(bytes.count)) {
                throw work.failed(.fileTooLarge)
            }
            return try write(bytes, at: place, askedFor: offset, to: &work, written)
        }
    }
}
