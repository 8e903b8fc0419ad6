internal import Glibc

/// Where the octets of a message for APPEND come from: a file that the connection reads in pieces while it sends.
public struct AppendSource: Sendable, Hashable {
    /// Open for reading at least until the command's outcome is known. It is read by position, so its own offset does
    /// not matter.
    public var descriptor: Int32
    /// Where the message begins in the file.
    public var offset: UInt64

    public init(descriptor: Int32, offset: UInt64 = 0) {
        self.descriptor = descriptor
        self.offset = offset
    }

    /// Reads into `buffer` from `position` octets after the message's beginning. The number of octets, 0 at the end of
    /// the file; nil on error.
    func read(at position: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let (place, overflow) = offset.addingReportingOverflow(position)
        guard !overflow, let place = off_t(exactly: place) else { return nil }
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, place)
            if count >= 0 { return count }
            guard errno == EINTR else { return nil }
        }
    }
}
