internal import Digest
internal import Glibc
internal import MailMessage
internal import PosixFile

// Files of the spool that are messages, or are to be.
extension FileDescriptor {
    /// The header block, as far as it can be found within 256 KiB.
    func header() throws -> [UInt8] {
        let start = try prefix(256 << 10)
        var previous: UInt8 = 0x0A
        var isBlank = true
        for (place, octet) in start.enumerated() {
            if octet == 0x0A, isBlank || previous == 0x0A { return Array(start[...place]) }
            isBlank = octet == 0x0A || (octet == 0x0D && isBlank)
            previous = octet == 0x0D ? previous : octet
        }
        return start
    }

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

    /// Puts a file with CRLF line ends in the place of this one: all of it, or what was there stays. Who has this one open keeps what it
    /// has.
    func convert() throws {
        let temporary = path + ".new"
        do {
            let file = try FileDescriptor(opening: temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
            var converter = LineEndConverter()
            try read { piece in
                var output: [UInt8] = []
                converter.convert(piece, into: &output)
                try output.withUnsafeBytes { try file.write($0) }
            }
            try FileNames.rename(temporary, to: path)
        } catch {
            FileNames.remove(temporary)
            throw error
        }
    }

    /// Gives a spool file the octets that a descriptor reads.
    static func copy(from source: Int32, to path: String) throws -> UInt64 {
        try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_NOFOLLOW).take(
            contentOf: try FileDescriptor(duplicating: source))
    }

    /// Cuts a spool file.
    static func cut(_ path: String, to length: UInt64) throws {
        try FileDescriptor(opening: path, O_WRONLY | O_NOFOLLOW).truncate(to: length)
    }
}
