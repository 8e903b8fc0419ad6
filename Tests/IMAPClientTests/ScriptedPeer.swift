import COpenSSL
import Foundation
import Synchronization

@testable import IMAPClient

/// An IMAP server of one connection on loopback that says what a script says and checks what it hears.
///
/// ```
/// S: text     says it, with CRLF        S~ text     says it without      C: text     must hear this line
/// TLS         server's side of TLS      DEFLATE     compressed from here on
/// SNI name    must have been asked for this host, `-`: for none
/// DRIP text   says it octet by octet, again and again, until the client is gone
/// PAUSE n     says nothing for n milliseconds
/// EOF, RST    ends the connection       OCTETS n    hears n octets       HOLD        says nothing until the client is gone
/// ```
/// In `S` lines `\r`, `\n` and `%n%` (n times the letter x) stand for themselves. After the last line it holds.
final class ScriptedPeer: Sendable {
    let port: UInt16
    private let done = OnceResult<[String]>()
    private let heardOctets = Mutex<[UInt8]>([])

    /// What becomes of the octets after so many that it says.
    struct Break: Sendable, CustomStringConvertible {
        enum Kind: Sendable, CaseIterable {
            /// They come in a segment of their own.
            case pause
            /// The stream ends before them.
            case end
            /// The connection is reset.
            case reset
            /// They do not come.
            case silence
            /// Each comes in a segment of its own.
            case drip
        }

        let kind: Kind
        let octets: Int

        var description: String { "\(kind) after \(octets) octets" }
    }

    /// `tls`: file of certificate and key, for `TLS`.
    init(_ script: String, tls: String? = nil, break: Break? = nil) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw Problem.noSocket }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            var dialogue = Dialogue(tls: tls, break: `break`)
            let descriptor = accept(listener, nil, nil)
            close(listener)
            dialogue.run(script, on: descriptor)
            heardOctets.withLock { $0 = dialogue.heardOctets }
            done.finish(.success(dialogue.problems))
        }
    }

    enum Problem: Error { case noSocket }

    /// Waits for the end of the connection; what went otherwise than the script said.
    func problems() async throws -> [String] {
        try await done.value()
    }

    /// What `OCTETS` lines heard.
    var octets: [UInt8] { heardOctets.withLock { $0 } }
}

/// The peer's side of one connection. Blocking; on a thread of its own.
private struct Dialogue {
    let tls: String?
    let `break`: ScriptedPeer.Break?
    var problems: [String] = []
    var heardOctets: [UInt8] = []
    private var descriptor: Int32 = -1
    private var ssl: OpaquePointer?
    private var inflate: InflateStream?
    private var deflate: DeflateStream?
    private var heard: [UInt8] = []
    private var said = 0

    init(tls: String?, break: ScriptedPeer.Break?) {
        self.tls = tls
        self.break = `break`
    }

    mutating func run(_ script: String, on descriptor: Int32) {
        guard descriptor >= 0 else { return }
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        defer {
            if let ssl { SSL_free(ssl) }
            close(descriptor)
        }
        for line in script.split(separator: "\n").map(String.init) {
            guard perform(line) else { return }
        }
        hold()
    }

    private mutating func perform(_ line: String) -> Bool {
        if line.hasPrefix("S: ") {
            return say(Dialogue.unescape(line.dropFirst(3)) + Array("\r\n".utf8))
        } else if line.hasPrefix("S~ ") {
            return say(Dialogue.unescape(line.dropFirst(3)))
        } else if line.hasPrefix("C: ") {
            guard let heard = hearLine() else {
                problems.append("the client was gone before \(line)")
                return false
            }
            if heard != line.dropFirst(3) { problems.append("heard \(heard), not \(line.dropFirst(3))") }
            return true
        } else if line.hasPrefix("DRIP ") {
            let octets = Dialogue.unescape(line.dropFirst(5))
            for index in 0... {
                guard send([octets[index % octets.count]]) else { return false }
                usleep(20_000)
            }
            return false
        } else if line.hasPrefix("PAUSE "), let time = UInt32(line.dropFirst(6)) {
            usleep(time * 1_000)
            return true
        } else if line.hasPrefix("OCTETS "), let count = Int(line.dropFirst(7)) {
            while heard.count < count {
                guard hear() else { return false }
            }
            heardOctets += heard.prefix(count)
            heard.removeFirst(count)
            return true
        } else if line.hasPrefix("SNI ") {
            let name = ssl.flatMap { SSL_get_servername($0, TLSEXT_NAMETYPE_host_name) }.map { String(cString: $0) }
            if name ?? "-" != line.dropFirst(4) { problems.append("asked for \(name ?? "-")") }
            return true
        }
        switch line {
        case "TLS": return accept()
        case "DEFLATE":
            inflate = InflateStream()
            deflate = DeflateStream()
            return true
        case "EOF": return false
        case "RST": return reset()
        case "HOLD":
            hold()
            return false
        default:
            problems.append("no such line: \(line)")
            return false
        }
    }

    /// Closing resets the connection.
    private func reset() -> Bool {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        return false
    }

    private mutating func hold() {
        while hear() {}
    }

    private mutating func hearLine() -> String? {
        while true {
            if let end = heard.firstIndex(of: 10) {
                let line = heard[..<end].filter { $0 != 13 }
                heard.removeFirst(end + 1)
                return String(decoding: line, as: UTF8.self)
            }
            guard hear() else { return nil }
        }
    }

    /// Reads once; false at the end.
    private mutating func hear() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count =
            ssl.map { Int(SSL_read($0, &buffer, Int32(buffer.count))) } ?? read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return false }
        guard let inflate else {
            heard += buffer[..<count]
            return true
        }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
        defer { scratch.deallocate() }
        var plain: [UInt8] = []
        try? buffer[..<count].withUnsafeBytes { bytes in
            try inflate.inflate(bytes, scratch: scratch) { plain += $0 }
        }
        heard += plain
        return true
    }

    private mutating func say(_ bytes: [UInt8]) -> Bool {
        var octets = bytes
        if let deflate {
            octets = []
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
            defer { scratch.deallocate() }
            bytes.withUnsafeBytes { deflate.deflate($0, scratch: scratch) { octets += $0 } }
        }
        defer { said += octets.count }
        guard let `break`, `break`.octets < said + octets.count else { return send(octets[...]) }
        let whole = max(`break`.octets - said, 0)
        guard send(octets[..<whole]) else { return false }
        switch `break`.kind {
        case .pause:
            if whole > 0 { waitUntilTaken() }
            return send(octets[whole...])
        case .end:
            shutdown(descriptor, Int32(SHUT_WR))
            hold()
            return false
        case .reset: return reset()
        case .silence:
            hold()
            return false
        case .drip: return octets[whole...].indices.allSatisfy { send(octets[$0...$0]) }
        }
    }

    private func send(_ octets: ArraySlice<UInt8>) -> Bool {
        var rest = octets
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                ssl.map { Int(SSL_write($0, bytes.baseAddress, Int32(bytes.count))) }
                    ?? Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Until the other side's kernel has everything, so that what follows is a segment of its own.
    private func waitUntilTaken() {
        var unsent: Int32 = 1
        while ioctl(descriptor, UInt(TIOCOUTQ), &unsent) == 0, unsent > 0 { sched_yield() }
    }

    private mutating func accept() -> Bool {
        guard let tls, let context = SSL_CTX_new(TLS_server_method()), heard.isEmpty,
            SSL_CTX_use_certificate_chain_file(context, tls) == 1,
            SSL_CTX_use_PrivateKey_file(context, tls, SSL_FILETYPE_PEM) == 1, let session = SSL_new(context)
        else {
            problems.append("no TLS to be had")
            return false
        }
        SSL_CTX_free(context)
        SSL_set_fd(session, descriptor)
        ssl = session
        return SSL_accept(session) == 1
    }

    private static func unescape(_ text: Substring) -> [UInt8] {
        let plain = text.replacing("\\r", with: "\r").replacing("\\n", with: "\n")
        let pieces = plain.split(separator: "%", omittingEmptySubsequences: false)
        return pieces.enumerated().flatMap { index, piece -> [UInt8] in
            if index % 2 == 1, let count = Int(piece) { return [UInt8](repeating: UInt8(ascii: "x"), count: count) }
            return Array(piece.utf8)
        }
    }
}
