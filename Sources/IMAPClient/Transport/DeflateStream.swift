internal import CZlib

/// Compresses what goes to the server (RFC 4978: raw DEFLATE, RFC 1951). Confined to one event loop.
final class DeflateStream {
    /// zlib keeps the address of its stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = mailmount_deflateInit_raw(stream)
        precondition(result == Z_OK, "zlib cannot compress: \(result)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses `bytes` through `scratch`, up to a point where the peer can read them all, and gives the pieces to
    /// `body`.
    func deflate(
        _ bytes: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        guard let base = bytes.baseAddress, bytes.count > 0, let room = scratch.baseAddress else { return }
        var offset = 0
        while offset < bytes.count {
            let count = min(bytes.count - offset, 1 << 30)
            let isLast = offset + count == bytes.count
            // zlib does not write through next_in; its type lacks the const.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: (base + offset).assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(count)
            offset += count
            repeat {
                stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(clamping: scratch.count)
                _ = CZlib.deflate(stream, isLast ? Z_SYNC_FLUSH : Z_NO_FLUSH)
                let produced = scratch.count - Int(stream.pointee.avail_out)
                try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[..<produced]))
            } while stream.pointee.avail_out == 0
        }
    }
}
