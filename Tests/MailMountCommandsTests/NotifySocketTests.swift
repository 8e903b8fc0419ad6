import Glibc
import Testing

@testable import MailMountCommands

@Suite struct NotifySocketTests {
    @Test func nobodyWaitsWithoutAnAddress() {
        #expect(NotifySocket(environment: [:]) == nil)
        #expect(NotifySocket(environment: ["NOTIFY_SOCKET": ""]) == nil)
        #expect(NotifySocket(environment: ["NOTIFY_SOCKET": "@"]) == nil)
        #expect(NotifySocket(environment: ["NOTIFY_SOCKET": "vsock:2:1"]) == nil)
        #expect(NotifySocket(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 107)]) == nil)
    }

    @Test(arguments: ["/tmp/mailmount-notify-\(getpid())", "@mailmount-notify-\(getpid())"])
    func tellsWhenTheMountAnswers(_ address: String) throws {
        let manager = try Manager(address)
        defer { manager.end() }
        let socket = try #require(NotifySocket(environment: ["NOTIFY_SOCKET": address]))
        socket.ready("mounted at /home/a\nFDSTORE=1")
        // One assignment a line: what a mountpoint is called adds none.
        #expect(manager.next() == "READY=1\nSTATUS=mounted at /home/a FDSTORE=1\nMAINPID=\(getpid())")
        socket.status("3 changes wait")
        #expect(manager.next() == "STATUS=3 changes wait")
        socket.stopping()
        #expect(manager.next() == "STOPPING=1\nSTATUS=unmounting")
    }

    @Test func aManagerThatHasGoneIsNoFault() throws {
        let address = "/tmp/mailmount-gone-\(getpid())"
        try Manager(address).end()
        try #require(NotifySocket(environment: ["NOTIFY_SOCKET": address])).ready("mounted")
    }
}

/// The other end, as systemd has it.
private struct Manager {
    let descriptor: Int32
    let path: String?

    init(_ address: String) throws {
        path = address.first == "/" ? address : nil
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let octets = address.first == "@" ? [0] + Array(address.utf8.dropFirst()) : Array(address.utf8) + [0]
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: octets) }
        let length = socklen_t(2 + octets.count)
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(result == 0)
    }

    func next() -> String {
        var octets = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &octets, octets.count, 0)
        return String(decoding: octets.prefix(max(0, count)), as: UTF8.self)
    }

    func end() {
        close(descriptor)
        if let path { unlink(path) }
    }
}
