internal import PosixFile

/// A body that is open for reading, whole and checked. It stays readable when it leaves the cache.
public final class BodyFile: Sendable {
    private let file: FileDescriptor
    /// Octets of the body.
    public let size: UInt64

    /// For pread(2); closed with this object.
    public var descriptor: Int32 { file.descriptor }

    init(_ file: FileDescriptor, size: UInt64) {
        self.file = file
        self.size = size
    }

    /// The whole, in pieces.
    func read(_ piece: (UnsafeRawBufferPointer) throws -> Void) throws { try file.read(piece) }
}
