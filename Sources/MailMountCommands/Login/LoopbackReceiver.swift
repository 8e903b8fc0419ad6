internal import Glibc

/// Waits on a loopback address for the browser that brings the answer (RFC 8252 section 7.3), and on a terminal for somebody who pastes the
/// address that the browser ended at, where that runs on another machine.
final class LoopbackReceiver {
    private let listening: [Int32]
    let port: UInt16

    private struct Visitor {
        let descriptor: Int32
        var request: [UInt8] = []
    }

    /// - Throws: `Failure` where no port can be had.
    init() throws {
        guard let (first, port) = Self.listen(ipv6: false, port: 0) else {
            throw Failure("no port on 127.0.0.1 for the browser's answer: \(String(cString: strerror(errno)))")
        }
        self.port = port
        // A browser may take `localhost` for either address.
        listening = [first] + [Self.listen(ipv6: true, port: port)?.descriptor].compactMap { $0 }
    }

    deinit { for descriptor in listening { close(descriptor) } }

    /// The first answer for which `accept` returns something.
    ///
    /// - Parameters:
    ///   - limit: how long to wait.
    ///   - isPasted: lines of standard input are taken for addresses.
    ///   - accept: given the query of a request; nil where that is not what is waited for.
    /// - Throws: what `accept` throws, and `Failure` where nothing came in time.
    func wait<Answer>(
        _ limit: Duration, isPasted: Bool, accept: (_ query: String) throws -> Answer?
    ) throws -> Answer {
        let deadline = ContinuousClock.now + limit
        var visitors: [Visitor] = []
        var typed: [UInt8] = []
        var isReading = isPasted
        defer { for visitor in visitors { close(visitor.descriptor) } }
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw Failure("nobody answered in the browser in time") }
            var polled = (listening + visitors.map(\.descriptor) + (isReading ? [STDIN_FILENO] : []))
                .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), Int32(min(left / .milliseconds(1), 60_000)) + 1) > 0 else {
                continue
            }
            let ready = Set(polled.filter { $0.revents != 0 }.map(\.fd))
            if isReading, ready.contains(STDIN_FILENO) {
                guard let line = Self.line(&typed, &isReading) else { continue }
                if let query = line.split(separator: "?", maxSplits: 1).dropFirst().first,
                    let answer = try accept(String(query.prefix { $0 != "#" && $0 != "\r" }))
                {
                    return answer
                }
                StandardError.write("That is not the address that the browser ended at; it has code= and state= in it.")
            }
            for index in visitors.indices.reversed() where ready.contains(visitors[index].descriptor) {
                guard Self.hasRequest(&visitors[index]) else { continue }
                let visitor = visitors.remove(at: index)
                defer { close(visitor.descriptor) }
                guard let query = Self.query(visitor.request) else {
                    Self.reply(visitor.descriptor, "404 Not Found", "This is not what mailmount waits for.")
                    continue
                }
                do {
                    guard let answer = try accept(query) else {
                        Self.reply(visitor.descriptor, "400 Bad Request", "This is not the answer mailmount waits for.")
                        continue
                    }
                    Self.reply(visitor.descriptor, "200 OK", "mailmount has what it needs. You may close this window.")
                    return answer
                } catch {
                    Self.reply(visitor.descriptor, "200 OK", "The login was not completed; the terminal says more.")
                    throw error
                }
            }
            for descriptor in listening where ready.contains(descriptor) {
                let accepted = Glibc.accept(descriptor, nil, nil)
                guard accepted >= 0 else { continue }
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
                // Browsers open connections ahead and leave them silent; too many of those lose the oldest.
                if visitors.count >= 16 { close(visitors.removeFirst().descriptor) }
                visitors.append(Visitor(descriptor: accepted))
            }
        }
    }

    /// The query of `GET /?… HTTP/1.1`; nil for anything else.
    static func query(_ request: [UInt8]) -> String? {
        let line = request.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        guard let text = String(validating: line, as: UTF8.self) else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "GET", words[2].hasPrefix("HTTP/1."), words[1].hasPrefix("/?") else {
            return nil
        }
        return String(words[1].dropFirst(2))
    }

    /// Reads what has come.
    /// - Returns: true at the end of the head, of the connection, or of our patience.
    private static func hasRequest(_ visitor: inout Visitor) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = read(visitor.descriptor, &chunk, chunk.count)
        if count < 0 { return errno != EAGAIN && errno != EINTR }
        visitor.request += chunk.prefix(count)
        let end = Array("\r\n\r\n".utf8)
        return count == 0 || visitor.request.suffix(4).elementsEqual(end) || visitor.request.count > 16_384
            || visitor.request.contains(end)
    }

    /// A line that was typed; nil where there is none yet.
    private static func line(_ typed: inout [UInt8], _ isReading: inout Bool) -> String? {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        guard count > 0, typed.count < 65_536 else {
            isReading = count < 0 && errno == EINTR
            return nil
        }
        typed += chunk.prefix(count)
        guard let end = typed.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: typed[..<end], as: UTF8.self)
        typed.removeFirst(end + 1)
        return line
    }

    private static func reply(_ descriptor: Int32, _ status: String, _ text: String) {
        let body = "<!DOCTYPE html><meta charset=utf-8><title>mailmount</title><p>\(text)\n"
        // The page's address has the code in it: it is handed on to nobody.
        let answer =
            "HTTP/1.1 \(status)\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\n"
            + "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" + body
        let octets = Array(answer.utf8)
        _ = send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL))
    }

    private static func listen(ipv6: Bool, port: UInt16) -> (descriptor: Int32, port: UInt16)? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(ipv6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else { return nil }
        var storage = sockaddr_storage()
        var length = socklen_t(0)
        if ipv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        }
        let isListening = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard isListening else {
            close(descriptor)
            return nil
        }
        let bound = withUnsafeBytes(of: &storage) { bytes in
            ipv6
                ? bytes.load(as: sockaddr_in6.self).sin6_port : bytes.load(as: sockaddr_in.self).sin_port
        }
        return (descriptor, UInt16(bigEndian: bound))
    }
}
