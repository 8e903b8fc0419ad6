internal import Digest
internal import Glibc
internal import MailMessage
internal import MailStore

/// The octets of a file that is only here, open for reading.
final class SpoolFile: Sendable {
    let descriptor: Int32
    let path: String

    /// - Throws: `MailStoreError.io`.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw MailStoreError.io(path: path, code: errno) }
    }

    /// The octets that somebody else has open.
    init(duplicating other: Int32) throws {
        path = ""
        descriptor = fcntl(other, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw MailStoreError.io(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// Octets, as they are now.
    var size: UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(clamping: status.st_size) : 0
    }

    /// Reads the whole in pieces.
    func read(_ piece: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw MailStoreError.io(path: path, code: errno) }
            if count == 0 { return }
            try piece(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += off_t(count)
        }
    }

    /// The header block, as far as it can be found within 256 KiB.
    func header() throws -> [UInt8] {
        let limit = 256 << 10
        let start = [UInt8](unsafeUninitializedCapacity: min(limit, Int(clamping: size))) { buffer, used in
            while used < buffer.count {
                let count = pread(descriptor, buffer.baseAddress?.advanced(by: used), buffer.count - used, off_t(used))
                guard count > 0 else { break }
                used += count
            }
        }
        var previous: UInt8 = 0x0A
        var isBlank = true
        for (place, octet) in start.enumerated() {
            if octet == 0x0A, isBlank || previous == 0x0A { return Array(start[...place]) }
            isBlank = octet == 0x0A || (octet == 0x0D && isBlank)
            previous = octet == 0x0D ? previous : octet
        }
        return start
    }

    // MARK: - Content

    /// What the octets are.
    func examine() throws -> MessageText {
        var text = MessageText()
        try read { text.scan($0) }
        text.finish()
        return text
    }

    func sha256() throws -> [UInt8] {
        let digest = SHA256()
        try read { digest.update($0) }
        return digest.finish()
    }

    /// Puts a file with CRLF line ends in the place of this one. Who has this one open keeps what it has.
    func convert() throws {
        try replace { write in
            var converter = LineEndConverter()
            try read { piece in
                var output: [UInt8] = []
                converter.convert(piece, into: &output)
                try output.withUnsafeBytes { try write($0) }
            }
        }
    }

    /// Puts a file with other octets in the place of this one: all of them, or what was there stays.
    private func replace(_ content: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Self.error(temporary) }
        defer { close(file) }
        do {
            try content { try Self.write($0, to: file, temporary) }
            guard rename(temporary, path) == 0 else { throw Self.error(path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Gives a spool file the octets that a descriptor reads.
    static func copy(from source: Int32, to path: String) throws -> UInt64 {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw error(path) }
        defer { close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while true {
            let count = pread(source, buffer.baseAddress, buffer.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw error(path) }
            if count == 0 { return UInt64(clamping: offset) }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: file, path)
            offset += off_t(count)
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(file, part.baseAddress, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw error(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func error(_ path: String) -> MailStoreError {
        errno == ENOSPC || errno == EDQUOT ? .noSpace(path: path) : .io(path: path, code: errno)
    }
}
