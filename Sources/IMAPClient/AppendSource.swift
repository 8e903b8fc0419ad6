public import PosixFile

/// Where the octets of a message for APPEND come from: a file that is read in pieces while the connection sends.
public struct AppendSource: Sendable {
    /// It is read by position, so its own offset does not matter.
    let file: FileDescriptor
    /// Where the message begins in the file.
    let offset: UInt64

    public init(_ file: FileDescriptor, offset: UInt64 = 0) {
        self.file = file
        self.offset = offset
    }

    /// The octets from `position` after the message's beginning on; nil where there are not so many, or they cannot be read.
    func read(at position: UInt64, count: Int) -> [UInt8]? {
        let (place, overflows) = offset.addingReportingOverflow(position)
        guard !overflows else { return nil }
        let octets = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            used = (try? file.read(at: place, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
        return octets.count == count ? octets : nil
    }
}
