internal import MailModel
internal import MailStore
public import PosixFile

/// A body that is open for reading, whole and checked. It stays readable whatever becomes of the message or the cache.
public final class OpenBody: Sendable {
    private enum Content {
        case cached(BodyFile)
        case anonymous(AnonymousFile)
        case spool(FileDescriptor)
    }

    private let content: Content
    /// Says that the body is in use; nil where it is not in the cache.
    private let use: BodiesInUse.Use?

    init(_ file: BodyFile, _ use: BodiesInUse.Use) {
        content = .cached(file)
        self.use = use
    }

    /// A body that the cache has no room for, whose file is there all the same.
    init(uncached file: BodyFile) {
        content = .cached(file)
        use = nil
    }

    init(_ file: AnonymousFile) {
        content = .anonymous(file)
        use = nil
    }

    /// A file that is only here; it may be written to meanwhile.
    init(_ file: FileDescriptor) {
        content = .spool(file)
        use = nil
    }

    /// For pread(2); closed with this object.
    public var descriptor: Int32 {
        switch content {
        case .cached(let file): file.descriptor
        case .anonymous(let file): file.descriptor
        case .spool(let file): file.descriptor
        }
    }

    /// The file under a descriptor of its own, which stays open when this object is gone.
    ///
    /// - Throws: `FileError` of fcntl(2).
    func duplicate() throws(FileError) -> FileDescriptor {
        // Who asks may have let go of it as soon as the number is known, and the number is another file's then.
        try withExtendedLifetime(self) { () throws(FileError) in try FileDescriptor(duplicating: descriptor) }
    }

    /// All octets, as many as there are now: a file of the spool may be written to meanwhile.
    public func octets() throws(FileError) -> [UInt8] { try duplicate().prefix(Int(clamping: size)) }

    /// Octets.
    public var size: UInt64 {
        switch content {
        case .cached(let file): file.size
        case .anonymous(let file): file.size
        case .spool(let file): file.size
        }
    }
}
