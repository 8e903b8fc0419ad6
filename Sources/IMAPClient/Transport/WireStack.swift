internal import NIOCore

/// The layers between socket and framer: TLS below, DEFLATE above it (RFC 4978 section 4). Confined to one event loop.
///
/// Octets pass through two buffers that live as long as the connection; nothing is allocated for a record.
final class WireStack {
    enum Received {
        case more
        /// The peer said that nothing more comes.
        case ended
    }

    private static let scratchLength = 64 << 10

    private(set) var tls: TLSSession?
    private var isEstablished = false
    private var inflate: InflateStream?
    private var deflate: DeflateStream?
    private let decrypted = UnsafeMutableRawBufferPointer.allocate(byteCount: scratchLength, alignment: 16)
    /// Empty until compression starts.
    private var expanded = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit {
        decrypted.deallocate()
        expanded.deallocate()
    }

    var isHandshaking: Bool { tls != nil && !isEstablished }

    func startTLS(_ session: TLSSession) {
        tls = session
    }

    func startCompression() {
        guard inflate == nil else { return }
        expanded = .allocate(byteCount: WireStack.scratchLength, alignment: 16)
        inflate = InflateStream()
        deflate = DeflateStream()
    }

    /// Moves the handshake on; true once it is complete.
    func handshake(_ bytes: UnsafeRawBufferPointer) throws(IMAPClientError) -> Bool {
        guard let tls, !isEstablished else { return false }
        tls.receive(bytes)
        switch try tls.advance() {
        case .inProgress: return false
        case .established:
            isEstablished = true
            return true
        }
    }

    /// Gives the plain octets of what came from the socket to `body`, in pieces.
    func receive(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Received {
        guard let tls else {
            try expand(bytes, body)
            return inflate?.isEnded == true ? .ended : .more
        }
        tls.receive(bytes)
        return try readDecrypted(body)
    }

    /// Gives out what TLS already holds: octets that came in one read with the end of the handshake.
    ///
    /// Servers write records of a few KB; what they hold together is given out together.
    func readDecrypted(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Received {
        guard let tls else { return .more }
        while true {
            var filled = 0
            var end: Result<Received, IMAPClientError>?
            while end == nil, filled < decrypted.count {
                do {
                    switch try tls.read(into: UnsafeMutableRawBufferPointer(rebasing: decrypted[filled...])) {
                    case .octets(let count): filled += count
                    case .blocked: end = .success(.more)
                    case .ended: end = .success(.ended)
                    }
                } catch {
                    end = .failure(error)
                }
            }
            // What came before an end came.
            if filled > 0 { try expand(UnsafeRawBufferPointer(rebasing: decrypted[..<filled]), body) }
            guard let end else { continue }
            if case .more = try end.get(), inflate?.isEnded != true { return .more }
            return .ended
        }
    }

    /// What follows an answer that switched compression on in the middle of a read.
    func expand(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let inflate {
            try inflate.inflate(bytes, scratch: expanded, body)
        } else {
            try body(bytes)
        }
    }

    /// Turns plain octets into those for the socket, which are appended to `output`.
    func send(_ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws {
        if let deflate {
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
            defer { scratch.deallocate() }
            try deflate.deflate(bytes, scratch: scratch) { try encrypt($0, into: &output) }
        } else {
            try encrypt(bytes, into: &output)
        }
    }

    /// What TLS itself wants to say: handshake, alerts, key updates.
    func takeOutput(into output: inout ByteBuffer) {
        tls?.takeOutput(into: &output)
    }

    private func encrypt(_ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws {
        if let tls {
            try tls.write(bytes)
            tls.takeOutput(into: &output)
        } else {
            output.writeBytes(bytes)
        }
    }
}
