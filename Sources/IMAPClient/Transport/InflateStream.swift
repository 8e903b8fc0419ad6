internal import CZlib

/// Expands what comes from the server (RFC 4978: raw DEFLATE, RFC 1951). Confined to one event loop.
///
/// Octets leave piecewise through a buffer of the caller, so what a small input expands to never lies in memory as a
/// whole; and one read may expand to
/// `mostOctets(from:)` only.
final class InflateStream {
    /// zlib keeps the address of its stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let result = mailmount_inflateInit_raw(stream)
        precondition(result == Z_OK, "zlib cannot expand: \(result)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The most that `count` octets may expand to: 64 MiB, and 600 for each octet above the first MiB. DEFLATE itself
    /// ends at 1032;
    /// base64 of zeros, which people do send, reaches some hundreds.
    static func mostOctets(from count: Int) -> Int {
        min(64 << 20, (1 << 20) + min(count, 1 << 20) * 600)
    }

    /// Whether the peer has ended its stream: nothing can follow. Dovecot does so after LOGOUT.
    private(set) var isEnded = false

    /// Expands `bytes` through `scratch` and gives the pieces to `body`. Throws `protocolViolation`, or what `body`
    /// throws.
    func inflate(
        _ bytes: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard !isEnded, let base = bytes.baseAddress, bytes.count > 0, let room = scratch.baseAddress else { return }
        guard bytes.count <= 1 << 30 else { throw IMAPClientError.protocolViolation("too much in one read") }
        var budget = InflateStream.mostOctets(from: bytes.count)
        // zlib does not write through next_in; its type lacks the const.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        while true {
            stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(clamping: scratch.count)
            let result = CZlib.inflate(stream, Z_SYNC_FLUSH)
            let produced = scratch.count - Int(stream.pointee.avail_out)
            // Z_BUF_ERROR: nothing was left to do, which is how a read that ends at a boundary looks.
            guard result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END else {
                throw IMAPClientError.protocolViolation("the compressed stream is damaged (zlib \(result))")
            }
            isEnded = result == Z_STREAM_END
            budget -= produced
            guard budget >= 0 else {
                throw IMAPClientError.protocolViolation(
                    "\(bytes.count) compressed octets expand to more than"
                        + " \(InflateStream.mostOctets(from: bytes.count))"
                )
            }
            if produced > 0 { try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[..<produced])) }
            if isEnded || produced < scratch.count { return }
        }
    }
}
