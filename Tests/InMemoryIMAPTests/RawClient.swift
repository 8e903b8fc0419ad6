import Foundation
import Glibc
import InMemoryIMAP

/// A socket with a line buffer: says exactly what it is told to, and shows exactly what comes.
final class RawClient {
    struct Closed: Error {}

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var tags = 0

    init(_ server: InMemoryServer, greeting: Bool = true) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Only so that a failing test ends: nothing waits that long when all is well.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(server.port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Closed() }
        if greeting { _ = try line() }
    }

    deinit { close(descriptor) }

    /// Logged in, with a folder selected if one is named.
    static func loggedIn(_ server: InMemoryServer, select: String? = nil, enable: String? = nil) throws -> RawClient {
        let client = try RawClient(server)
        try client.run("LOGIN alice wonderland")
        if let enable { try client.run("ENABLE \(enable)") }
        if let select { try client.run("SELECT \(select)") }
        return client
    }

    func send(_ text: String) throws { try send([UInt8](text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Closed() }
            rest = rest.dropFirst(count)
        }
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw Closed() }
        buffer += chunk[..<count]
    }

    func bytes(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        defer { buffer.removeFirst(count) }
        return [UInt8](buffer[..<count])
    }

    /// A response without its last CRLF; literals stand in it as they came.
    func line() throws -> String {
        var result: [UInt8] = []
        while true {
            while buffer.firstIndex(of: 0x0A) == nil { try fill() }
            guard let end = buffer.firstIndex(of: 0x0A) else { throw Closed() }
            result += try bytes(end + 1)
            let text = String(decoding: result, as: UTF8.self)
            guard text.hasSuffix("}\r\n"), let open = text.lastIndex(of: "{"),
                let length = Int(text[text.index(after: open)...].dropLast(2).filter { $0 != "}" && $0 != "\r\n" })
            else { return String(decoding: result.dropLast(2), as: UTF8.self) }
            result += try bytes(length)
        }
    }

    /// Sends a command and gives everything up to its tagged line, the tag taken off.
    @discardableResult
    func run(_ command: String) throws -> [String] {
        tags += 1
        try send("t\(tags) \(command)\r\n")
        return try answer("t\(tags)")
    }

    func answer(_ tag: String) throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try line()
            if line.hasPrefix(tag + " ") {
                lines.append(String(line.dropFirst(tag.count + 1)))
                return lines
            }
            lines.append(line)
        }
    }

    /// Whether the server has closed; what comes before is dropped.
    func isClosed() -> Bool {
        while (try? fill()) != nil { buffer = [] }
        return true
    }

    /// Everything until the end of the connection.
    func rest() -> String {
        while (try? fill()) != nil {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }
}

func mail(_ subject: String, body: String = "text") -> [UInt8] {
    [UInt8]("From: a@example.org\r\nSubject: \(subject)\r\n\r\n\(body)\r\n".utf8)
}
