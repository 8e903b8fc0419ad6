internal import MailMessage
internal import MailModel
internal import MailStore
internal import MailSync
internal import PosixFile

// A file that waits to be sent as a whole, and is written anew: what it was may be nowhere else, and is kept beside it until the new
// version is whole.
extension Journal {
    /// - Parameter upload: what sends it, claimed.
    /// - Returns: false where there is nothing whole to be kept.
    func keepEarlier(_ upload: Operation, of file: LocalFile) throws -> Bool {
        guard file.purpose == .upload, case .append = upload.change, !upload.isUnread else { return false }
        try store.keepEarlier(of: file.id)
        return true
    }

    /// The program ended while it was written anew: it is again what was to be sent, and what had been written of the new version is kept
    /// beside it, interrupted.
    ///
    /// - Returns: false where nothing was kept, or somebody has decided since: it was closed without content, or has failed.
    func takeUpEarlier(_ file: LocalFile, _ placing: Operation?) throws -> Bool {
        guard let placing, !placing.isInterrupted, !placing.isSpoiled,
            FileNames.exists(store.earlierSpoolPath(of: file.id))
        else { return false }
        let written = try FileDescriptor(reading: store.spoolPath(of: file.id))
        if placing.isUnread, written.size == 0 { return false }
        guard try FileDescriptor(reading: store.earlierSpoolPath(of: file.id)).examine().problem == nil else {
            return false
        }
        if written.size > 0, !placing.isOf(written) { try keep(written, beside: file) }
        try watching([file.id]) {
            try store.restoreEarlier(of: file.id)
            _ = try upload(file, try FileDescriptor(reading: store.spoolPath(of: file.id)), replacing: nil)
        }
        return true
    }

    private func keep(_ written: FileDescriptor, beside file: LocalFile) throws {
        let id = try store.newMessageID()
        try store.createSpool(of: id)
        _ = try FileDescriptor.copy(from: written.descriptor, to: store.spoolPath(of: id))
        var version = LocalFile(
            id: id, folder: file.folder, name: try freeNumberedName(file.name, in: file.folder, for: [file.id]),
            purpose: .open, size: written.size, modified: file.modified, flags: flags(of: file))
        try watching([id]) { try keep(&version, nil, because: .interrupted) }
    }
}

extension Operation {
    /// Whether it was recorded of these octets.
    fileprivate func isOf(_ spool: FileDescriptor) -> Bool {
        guard case .append(_, _, _, let upload) = change, upload.size == spool.size else { return false }
        return (try? spool.sha256()) == upload.sha256
    }
}
