import Digest
import Glibc
import MailModel
internal import PosixFile
import Synchronization

/// The files of the bodies: `bodies/xx/<id>`, xx the low byte of the id in hexadecimal, and `bodies/tmp`. Names are numbers only.
///
/// Files are not synced: a torn one does not match its checksum. Directories that somebody removed are made again.
final class BodyDirectory: Sendable {
    private let root: String
    private let reserve: UInt64
    private let counter = Atomic<UInt64>(0)
    /// Seconds since 1970 by the clock of the file system: files with an earlier change time are of an earlier run.
    let started: Int64

    /// Empties `tmp`; everything where the index is new.
    init(cache: String, reserve: UInt64, isNew: Bool) throws(FileError) {
        root = cache + "/bodies"
        self.reserve = reserve
        try FileNames.makeDirectory(root)
        try FileNames.makeDirectory(root + "/tmp")
        let mark = root + "/tmp/0"
        try PrivateDirectory.touch(mark)
        started = Int64(try FileDescriptor(reading: mark).status().st_ctim.tv_sec)
        for name in FileNames.all(in: root + "/tmp") { FileNames.remove(root + "/tmp/" + name) }
        if isNew {
            for bucket in 0..<256 { sweep(bucket: bucket, before: nil) { _ in false } }
        }
    }

    func path(_ id: Int64) -> String { "\(bucketPath(Int(id & 0xFF)))/\(id)" }

    func temporaryPath() -> String { "\(root)/tmp/\(counter.add(1, ordering: .relaxed).newValue)" }

    /// Makes the file of a temporary path, for writing and reading.
    func makeTemporary(_ path: String) throws(FileError) -> FileDescriptor {
        try making(root + "/tmp") { () throws(FileError) in
            try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
        }
    }

    /// - Throws: `FileError` of ENOSPC where fewer octets than the reserve would stay free.
    func checkSpace(for octets: UInt64) throws(FileError) {
        let room = try making(root) { () throws(FileError) in try FileSystemRoom(at: root) }
        let wanted = octets.addingReportingOverflow(reserve)
        if wanted.overflow || room.free < wanted.partialValue { throw FileError(.write, root, code: ENOSPC) }
    }

    /// Writes a whole body to its place. Called on the store's writer, in the transaction that gives it a row: until that ends nobody
    /// opens it.
    func write(_ bytes: [UInt8], _ id: Int64) throws(FileError) {
        let path = path(id)
        do throws(FileError) {
            let file = try inBucket(of: id) { () throws(FileError) in
                try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
            }
            try write(bytes, to: file)
        } catch  where error.call == .open && error.code == EEXIST {
            // Who has the older one open goes on reading it.
            let temporary = temporaryPath()
            try write(bytes, to: try makeTemporary(temporary))
            try place(temporary, id)
        }
    }

    private func write(_ bytes: [UInt8], to file: FileDescriptor) throws(FileError) {
        do throws(FileError) {
            var failure: FileError?
            bytes.withUnsafeBytes { bytes in
                do throws(FileError) { try file.write(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        } catch {
            FileNames.remove(file.path)
            throw error
        }
    }

    /// Gives a finished file its place; an older file with this id stays readable where it is open.
    func place(_ temporary: String, _ id: Int64) throws(FileError) {
        let path = path(id)
        try inBucket(of: id) { () throws(FileError) in try FileNames.rename(temporary, to: path) }
    }

    /// Gives the file of `source` the name of `id` as well.
    ///
    /// - Returns: false where `source` has no file.
    func link(_ source: Int64, _ id: Int64) throws(FileError) -> Bool {
        let (from, to) = (path(source), path(id))
        FileNames.remove(to)
        do throws(FileError) {
            try inBucket(of: id) { () throws(FileError) in try FileNames.link(from, to: to) }
            return true
        } catch  where error.code == ENOENT {
            return false
        }
    }

    /// Gives the file of another directory the name of `id` as well; a copy of it where it is on another file system.
    ///
    /// - Returns: false where it is no file of this size, or there is no room.
    func adopt(_ path: String, as id: Int64, size: UInt64) -> Bool {
        guard let status = FileNames.status(path), status.st_mode & S_IFMT == S_IFREG,
            UInt64(clamping: status.st_size) == size
        else { return false }
        let target = self.path(id)
        FileNames.remove(target)
        do {
            do throws(FileError) {
                try inBucket(of: id) { () throws(FileError) in try FileNames.link(path, to: target) }
            } catch  where !error.isNoSpace {
                try checkSpace(for: size)
                let temporary = temporaryPath()
                defer { FileNames.remove(temporary) }
                try makeTemporary(temporary).take(contentOf: try FileDescriptor(reading: path))
                try place(temporary, id)
            }
            return true
        } catch {
            return false
        }
    }

    /// nil where there is no file.
    func open(_ id: Int64) throws(FileError) -> BodyFile? {
        do throws(FileError) {
            let file = try FileDescriptor(reading: path(id))
            return BodyFile(file, size: UInt64(clamping: try file.status().st_size))
        } catch  where error.code == ENOENT {
            return nil
        }
    }

    func remove(_ id: Int64) { FileNames.remove(path(id)) }

    /// Removes files of a bucket that `keeps` does not want: all, or those that were last named before a time in seconds since 1970.
    func sweep(bucket: Int, before time: Int64?, keeping keeps: (Int64) throws -> Bool) rethrows {
        let directory = bucketPath(bucket)
        for name in FileNames.all(in: directory) {
            let path = directory + "/" + name
            if let time {
                guard let status = FileNames.status(path), Int64(status.st_ctim.tv_sec) < time else { continue }
            }
            if let id = Int64(name), try keeps(id) { continue }
            FileNames.remove(path)
        }
    }

    private func bucketPath(_ bucket: Int) -> String {
        let digits = Array("0123456789abcdef")
        return "\(root)/\(digits[bucket >> 4 & 15])\(digits[bucket & 15])"
    }

    private func inBucket<Value>(
        of id: Int64, _ call: () throws(FileError) -> Value
    ) throws(FileError) -> Value {
        try making(bucketPath(Int(id & 0xFF)), call)
    }

    /// Makes the directory, with its parents, where the call finds none.
    private func making<Value>(
        _ directory: String, _ call: () throws(FileError) -> Value
    ) throws(FileError) -> Value {
        do throws(FileError) {
            return try call()
        } catch  where error.code == ENOENT && !FileNames.exists(directory) {
            try PrivateDirectory.make(directory)
            return try call()
        }
    }
}

extension BodyFile {
    /// The digest of the whole file; nil where it cannot be read.
    func sha256() -> [UInt8]? {
        let digest = SHA256()
        do {
            try read { digest.update($0) }
        } catch {
            return nil
        }
        return digest.finish()
    }
}
