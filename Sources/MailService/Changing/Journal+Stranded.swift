internal import IMAPValue
internal import Logging
internal import MailModel
internal import MailStore
internal import PosixFile

extension Journal {
    /// Files of the spool that the journal does not know may be the only copies of mail that was not sent: each becomes a failed upload in
    /// INBOX. What the account has already is not among them. Where no folder is known yet, they stay as they are.
    func offerStrandedFiles() throws {
        for stranded in store.strandedSpool {
            guard let home = facts.inbox ?? facts.folders.filter(\.holdsMessages).min(by: { $0.id < $1.id }) else {
                return
            }
            do {
                try offer(stranded, in: home.id)
            } catch {
                // One damaged file is no reason to show none.
                logger.error("file \(stranded.rawValue) of the spool has no entry in the journal: \(error)")
            }
        }
    }

    private func offer(_ stranded: MessageID, in home: FolderID) throws {
        let spool = try FileDescriptor(reading: store.spoolPath(of: stranded))
        if try store.message(withBody: spool.sha256(), size: spool.size) != nil {
            return store.removeSpool(of: stranded)
        }
        let id = try store.adoptSpool(of: stranded)
        let file = LocalFile(
            id: id, folder: home, name: Array("recovered-\(id.rawValue).eml".utf8), purpose: .upload,
            size: spool.size, modified: now())
        // Without a digest it is looked at before it is sent.
        let upload = Upload(size: file.size, sha256: [], internalDate: file.modified, flags: Flags())
        let recorded = try watching([id]) {
            try place(file, .append(id, to: home, name: file.name, upload), isHeld: true)
        }
        let failure = ChangeFailure(kind: .refused, text: "it was found in the spool, without an entry in the journal")
        try fail(recorded.map { ($0, failure) })
    }
}
