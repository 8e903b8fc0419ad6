import Foundation
import Glibc

/// An IMAP server for tests: one account, kept in memory, reached over TCP on 127.0.0.1.
///
/// It follows the RFCs unless a ``Misbehaviour`` is installed. It is strict about what clients send: a command
/// that the grammar or the claimed capabilities do not allow is BAD.
///
/// ```swift
/// let server = try InMemoryServer()
/// let uid = server.deliver([UInt8]("Subject: hi\r\n\r\nhello\r\n".utf8), to: "INBOX")
/// // ... let the client connect to 127.0.0.1, server.port, as alice with wonderland ...
/// try await server.waitForIdle()
/// server.setFlags(["\\Seen"], of: uid, in: "INBOX") // pushed at once
/// try await server.wait(for: "the body to be read") { $0.fetchedBodies == 1 }
/// ```
public final class InMemoryServer: Sendable {
    /// INTERNALDATE of a message for which none is given.
    public static let defaultDate: Int64 = 1_700_000_000

    /// The TCP port on 127.0.0.1; the same over all stops and starts.
    public let port: Int
    let monitor: Monitor<ServerState>
    private let listener = Monitor<Listener?>(nil)

    private struct Listener {
        let descriptor: Int32
        let waker: Int32
    }

    /// A failed system call.
    public struct SystemError: Error, CustomStringConvertible {
        public let call: String
        public let code: Int32
        public var description: String { "\(call): \(String(cString: strerror(code)))" }
    }

    /// Makes the account with an empty INBOX and listens.
    public init(_ configuration: ServerConfiguration = .full) throws {
        monitor = Monitor(ServerState(configuration))
        let descriptor = try Self.listen(port: 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else {
            let code = errno
            close(descriptor)
            throw SystemError(call: "getsockname", code: code)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        try serve(descriptor)
    }

    /// Stops listening. Connections that are open last until their clients close them: a test may hold no more
    /// than its client.
    deinit { stopListening() }

    /// Listens again after ``stop()``, on the same port, with the same mail.
    public func start() throws {
        if listener.withLock({ $0 != nil }) { return }
        try serve(try Self.listen(port: UInt16(clamping: port)))
    }

    /// Stops listening and cuts all connections; returns when both have happened. The mail stays.
    public func stop() {
        stopListening()
        cutConnections()
    }

    private func stopListening() {
        let stopped = listener.withLock { listener -> Bool in
            guard let current = listener else { return false }
            var byte: UInt8 = 0
            _ = write(current.waker, &byte, 1)
            return true
        }
        if stopped {
            _ = listener.wait(until: nil) { $0 == nil ? true : nil }
        }
    }

    /// Cuts all connections without a word and waits until they are closed. Listening goes on.
    public func cutConnections() {
        let doomed = monitor.withLock { state -> [Int] in
            for number in state.connections.keys { state.cut(number) }
            return [Int](state.connections.keys)
        }
        _ = monitor.wait(until: nil) { state in doomed.allSatisfy { state.connections[$0] == nil } ? true : nil }
    }

    /// Cuts one connection.
    public func cutConnection(_ number: Int) {
        monitor.withLock { $0.cut(number) }
        _ = monitor.wait(until: nil) { $0.connections[number] == nil ? true : nil }
    }

    private static func listen(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(call: "socket", code: errno) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 64) == 0 else {
            let code = errno
            close(descriptor)
            throw SystemError(call: "bind", code: code)
        }
        // A client that is gone again before it is accepted must not block the accepting thread.
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// Accepts on a thread of its own, which holds the server weakly between connections.
    private func serve(_ descriptor: Int32) throws {
        guard let pipe = WakePipe() else {
            let code = errno
            close(descriptor)
            throw SystemError(call: "pipe", code: code)
        }
        listener.withLock { $0 = Listener(descriptor: descriptor, waker: pipe.writeEnd) }
        let monitor = monitor
        let listener = listener
        Thread.detachNewThread {
            while true {
                var polled = [
                    pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0),
                ]
                if poll(&polled, 2, -1) < 0 { continue }
                if polled[1].revents != 0 { break }
                let accepted = accept(descriptor, nil, nil)
                if accepted < 0 { continue }
                closeOnExec(accepted)
                Connection.start(accepted, monitor)
            }
            close(descriptor)
            close(pipe.readEnd)
            listener.withLock { listener in
                close(pipe.writeEnd)
                listener = nil
            }
        }
    }
}

extension ServerState {
    /// Makes the connection's thread stop whatever it waits for.
    mutating func cut(_ number: Int) {
        guard let connection = connections[number] else { return }
        connections[number]?.isCut = true
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
        wake(number)
    }

    func wake(_ number: Int) {
        guard let connection = connections[number] else { return }
        var byte: UInt8 = 0
        _ = write(connection.waker, &byte, 1)
    }

    func wakeAll() {
        for number in connections.keys { wake(number) }
    }
}
