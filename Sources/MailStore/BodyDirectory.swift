import Digest
import Glibc
import MailModel
import Synchronization

/// The files of the bodies: `bodies/xx/<id>`, xx the low byte of the id in hexadecimal, and `bodies/tmp`. Names are numbers only.
///
/// Files are not synced: a torn one does not match its checksum.
final class BodyDirectory: Sendable {
    private let root: String
    private let reserve: UInt64
    private let counter = Atomic<UInt64>(0)
    /// Seconds since 1970 by the clock of the file system: files with an earlier change time are of an earlier run.
    let started: Int64

    /// Empties `tmp`; everything where the index is new.
    init(cache: String, reserve: UInt64, isNew: Bool) throws(MailStoreError) {
        root = cache + "/bodies"
        self.reserve = reserve
        for path in [root, root + "/tmp"] where mkdir(path, 0o700) != 0 && errno != EEXIST { throw lastError(path) }
        var status = stat()
        let mark = root + "/tmp/0"
        try PrivateDirectory.touch(mark)
        guard stat(mark, &status) == 0 else { throw lastError(mark) }
        started = Int64(status.st_ctim.tv_sec)
        for name in BodyDirectory.names(root + "/tmp") { unlink(root + "/tmp/" + name) }
        if isNew {
            for bucket in 0..<256 { sweep(bucket: bucket, before: nil) { _ in false } }
        }
    }

    func path(_ id: Int64) -> String { "\(bucketPath(Int(id & 0xFF)))/\(id)" }

    func temporaryPath() -> String { "\(root)/tmp/\(counter.add(1, ordering: .relaxed).newValue)" }

    /// - Throws: `noSpace` where fewer octets than the reserve would stay free.
    func checkSpace(for octets: UInt64) throws(MailStoreError) {
        var status = statvfs()
        guard statvfs(root, &status) == 0 else { throw lastError(root) }
        let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        let wanted = octets.addingReportingOverflow(reserve)
        if wanted.overflow || (!free.overflow && free.partialValue < wanted.partialValue) { throw .noSpace(path: root) }
    }

    /// Writes a whole body to its place. Called on the store's writer, in the transaction that gives it a row: until that ends nobody
    /// opens it.
    func write(_ bytes: [UInt8], _ id: Int64) throws(MailStoreError) {
        var created: FileDescriptor?
        do {
            try inBucket(of: id) { path in
                let raw = retrying { Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
                if raw >= 0 { created = FileDescriptor(raw: raw) }
                return raw < 0 ? -1 : 0
            }
        } catch .io(_, EEXIST) {
            // Who has the older one open goes on reading it.
            let temporary = temporaryPath()
            try write(bytes, to: temporary, FileDescriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL))
            return try place(temporary, id)
        }
        if let created { try write(bytes, to: path(id), created) }
    }

    private func write(_ bytes: [UInt8], to path: String, _ file: FileDescriptor) throws(MailStoreError) {
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(MailStoreError) in try file.write(bytes, path: path) }
        }
        do {
            try outcome.get()
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Gives a finished file its place; an older file with this id stays readable where it is open.
    func place(_ temporary: String, _ id: Int64) throws(MailStoreError) {
        try inBucket(of: id) { rename(temporary, $0) }
    }

    /// Gives the file of `source` the name of `id` as well.
    ///
    /// - Returns: false where `source` has no file.
    func link(_ source: Int64, _ id: Int64) throws(MailStoreError) -> Bool {
        let from = path(source)
        unlink(path(id))
        do {
            try inBucket(of: id) { Glibc.link(from, $0) }
            return true
        } catch .io(_, ENOENT) {
            return false
        }
    }

    /// Gives the file of another directory the name of `id` as well; a copy of it where it is on another file system.
    ///
    /// - Returns: false where it is no file of this size, or there is no room.
    func adopt(_ path: String, as id: Int64, size: UInt64) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, UInt64(clamping: status.st_size) == size
        else { return false }
        unlink(self.path(id))
        do {
            do {
                try inBucket(of: id) { Glibc.link(path, $0) }
            } catch .io {
                try checkSpace(for: size)
                let temporary = temporaryPath()
                defer { unlink(temporary) }
                try copy(path, to: temporary)
                try place(temporary, id)
            }
            return true
        } catch {
            return false
        }
    }

    private func copy(_ source: String, to target: String) throws(MailStoreError) {
        let from = try FileDescriptor(opening: source, O_RDONLY | O_NOFOLLOW)
        let to = try FileDescriptor(opening: target, O_WRONLY | O_CREAT | O_EXCL)
        while true {
            let count = retrying { sendfile(to.raw, from.raw, nil, 1 << 30) }
            guard count >= 0 else { throw lastError(target) }
            if count == 0 { return }
        }
    }

    /// nil where there is no file.
    func open(_ id: Int64) throws(MailStoreError) -> BodyFile? {
        let path = path(id)
        let raw = retrying { Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard raw >= 0 else {
            if errno == ENOENT { return nil }
            throw lastError(path)
        }
        let file = FileDescriptor(raw: raw)
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw lastError(path) }
        return BodyFile(file, size: UInt64(clamping: status.st_size))
    }

    func remove(_ id: Int64) { unlink(path(id)) }

    /// Removes files of a bucket that `keeps` does not want: all, or those that were last named before a time in seconds since 1970.
    func sweep(bucket: Int, before time: Int64?, keeping keeps: (Int64) throws -> Bool) rethrows {
        let directory = bucketPath(bucket)
        for name in BodyDirectory.names(directory) {
            let path = directory + "/" + name
            if let time {
                var status = stat()
                guard lstat(path, &status) == 0, Int64(status.st_ctim.tv_sec) < time else { continue }
            }
            if let id = Int64(name), try keeps(id) { continue }
            unlink(path)
        }
    }

    private func bucketPath(_ bucket: Int) -> String {
        let digits = Array("0123456789abcdef")
        return "\(root)/\(digits[bucket >> 4 & 15])\(digits[bucket & 15])"
    }

    /// Makes the bucket where the call finds none.
    private func inBucket(of id: Int64, _ call: (String) -> Int32) throws(MailStoreError) {
        let target = path(id)
        if call(target) == 0 { return }
        guard errno == ENOENT else { throw lastError(target) }
        let bucket = bucketPath(Int(id & 0xFF))
        guard mkdir(bucket, 0o700) == 0 || errno == EEXIST else { throw lastError(bucket) }
        guard call(target) == 0 else { throw lastError(target) }
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

extension BodyFile {
    /// The digest of the whole file; nil where it cannot be read.
    func sha256() -> [UInt8]? {
        let digest = SHA256()
        var offset: off_t = 0
        return withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 64) { buffer in
            while true {
                let count = retrying { pread(descriptor, buffer.baseAddress, buffer.count, offset) }
                guard count >= 0 else { return nil }
                if count == 0 { return digest.finish() }
                digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset &+= off_t(count)
            }
        }
    }
}
