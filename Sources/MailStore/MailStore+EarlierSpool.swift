import Glibc
public import MailModel
internal import PosixFile

// What a file of the spool was before it is written anew: beside it, until the new version is whole or the file goes.
extension MailStore {
    /// Where `keepEarlier` puts it; nothing may be there.
    public func earlierSpoolPath(of id: MessageID) -> String { spool.earlierPath(id.rawValue) }

    /// Keeps what a file of the spool is now, on the disk when this returns, in place of what was kept of it before.
    public func keepEarlier(of id: MessageID) throws {
        try MailStoreError.naming {
            let path = spool.earlierPath(id.rawValue)
            let temporary = path + ".new"
            do throws(FileError) {
                let copy = try FileDescriptor(opening: temporary, O_WRONLY | O_CREAT | O_NOFOLLOW)
                try copy.setMode(0o600)
                try copy.take(contentOf: try FileDescriptor(reading: spool.path(id.rawValue)))
                try copy.synchroniseOctets()
                try FileNames.rename(temporary, to: path)
            } catch {
                FileNames.remove(temporary)
                throw error
            }
        }
    }

    /// A file of the spool is again what it was.
    public func restoreEarlier(of id: MessageID) throws {
        try MailStoreError.naming { try FileNames.rename(spool.earlierPath(id.rawValue), to: spool.path(id.rawValue)) }
    }

    /// Nobody needs what it was any more.
    public func dropEarlier(of id: MessageID) { FileNames.remove(spool.earlierPath(id.rawValue)) }
}
