internal import Glibc
internal import NIOCore
internal import NIOPosix

/// TCP connections for all sessions, over two threads.
enum Connector {
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

    /// Milliseconds after which octets that nobody acknowledges end a connection.
    private static let userTimeout = 30_000

    /// Connects to the fastest of the name's addresses (RFC 8305). The channel does not read until it is told to.
    static func connect(to endpoint: Endpoint, timeout: Duration) async throws(IMAPClientError) -> any Channel {
        let limit = TimeAmount.nanoseconds(timeout.nanosecondsClamped)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(limit)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.socket(Int(IPPROTO_TCP), TCP_USER_TIMEOUT), value: userTimeout)
            .channelOption(.socket(Int(IPPROTO_TCP), TCP_KEEPIDLE), value: 60)
            .channelOption(.socket(Int(IPPROTO_TCP), TCP_KEEPINTVL), value: 10)
            .channelOption(.socket(Int(IPPROTO_TCP), TCP_KEEPCNT), value: 3)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 4_096, initial: 16_384, maximum: 65_536))
        if endpoint.security == .none, let literal = try? SocketAddress(ipAddress: endpoint.host, port: 0) {
            try requireLoopback(literal, endpoint)
        }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: endpoint.host, port: Int(endpoint.port)).get()
        } catch {
            throw .unreachable("\(endpoint.host):\(endpoint.port): \(reason(error))")
        }
        if endpoint.security == .none {
            guard let address = channel.remoteAddress else {
                channel.close(promise: nil)
                throw .unreachable("\(endpoint.host):\(endpoint.port): the connection was closed at once")
            }
            do {
                try requireLoopback(address, endpoint)
            } catch {
                channel.close(promise: nil)
                throw error
            }
        }
        return channel
    }

    private static func requireLoopback(_ address: SocketAddress, _ endpoint: Endpoint) throws(IMAPClientError) {
        guard NetworkAddress.isLoopback(address) else {
            throw .loginImpossible(
                "\(endpoint.host) is another machine: without TLS only loopback addresses are allowed")
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return text(error) }
        if let dns = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
            return "the name has no address (\(text(dns)))"
        }
        return error.connectionErrors.first.map { text($0.error) } ?? "no address answers"
    }

    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "nobody answers"
        default: String(describing: error)
        }
    }
}

extension Duration {
    /// 1 to the largest number of nanoseconds that fits.
    var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow, seconds >= 0 else { return seconds < 0 ? 1 : .max }
        let (sum, overflows) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflows ? .max : max(1, sum)
    }
}
