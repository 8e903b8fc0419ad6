internal import COpenSSL
internal import NIOCore

/// One TLS connection over memory BIOs: octets of the socket in and out by calls, no IO of its own. Confined to one
/// event loop.
///
/// ```
/// handshake:  receive(octets) → advance() → takeOutput(into:) → socket        until advance() says .established
/// afterwards: receive(octets) → read(into:) until it says .blocked;  write(plain) → takeOutput(into:)
/// ```
final class TLSSession {
    enum Handshake {
        case inProgress
        case established
    }

    enum Read {
        case octets(Int)
        /// Nothing more until the socket delivers.
        case blocked
        /// The peer said that it sends nothing more.
        case ended
    }

    private let context: TLSContext
    private let ssl: OpaquePointer
    private let host: String
    /// Owned by `ssl`.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// `host` is a DNS name or an address literal: what the certificate must be for. Names are also sent as SNI (RFC
    /// 6066 section 3).
    init(context: TLSContext, host: String) throws(IMAPClientError) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.context) else {
            throw .unreachable("TLS cannot be started: \(TLSErrorQueue.drain())")
        }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            preconditionFailure("out of memory")
        }
        // An empty BIO is a socket that has nothing yet, not one that ended.
        _ = mailmount_BIO_set_mem_eof_return(incoming, -1)
        _ = mailmount_BIO_set_mem_eof_return(outgoing, -1)
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        self.context = context
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        // "example.org." is the same host as "example.org", but no certificate says so.
        self.host = host.hasSuffix(".") ? String(host.dropLast()) : host
        guard !self.host.isEmpty, !self.host.utf8.contains(0), expect(host: self.host) else {
            throw .untrusted("\(host) is neither a host name nor an address that a certificate can be for")
        }
    }

    deinit {
        SSL_free(ssl)
    }

    private func expect(host: String) -> Bool {
        guard let parameters = SSL_get0_param(ssl) else { return false }
        if NetworkAddress.isLiteral(host) {
            return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1
        }
        // What a certificate's subject says is not the name of a host (RFC 9525 section 2).
        let flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(flags))
        return X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count) == 1
            && mailmount_SSL_set_tlsext_host_name(ssl, host) == 1
    }

    /// Takes octets that came from the socket.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let written = BIO_write(incoming, base, Int32(clamping: rest.count))
            precondition(written > 0, "out of memory")
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(written)))
        }
    }

    /// Moves the handshake on as far as the octets received allow. Throws `untrusted` or `unreachable`; there may be
    /// output (an alert) even then.
    func advance() throws(IMAPClientError) -> Handshake {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            let verdict = SSL_get_verify_result(ssl)
            guard verdict == Int(X509_V_OK), SSL_get0_peer_certificate(ssl) != nil else {
                throw .untrusted(CertificateVerdict.explanation(verdict, host: host))
            }
            return .established
        }
        let error = SSL_get_error(ssl, result)
        if error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE {
            ERR_clear_error()
            return .inProgress
        }
        let verdict = SSL_get_verify_result(ssl)
        if verdict != Int(X509_V_OK) {
            ERR_clear_error()
            throw .untrusted(CertificateVerdict.explanation(verdict, host: host))
        }
        let isForeign = ERR_GET_REASON(ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER
        let advice = isForeign ? "; this port may be meant for STARTTLS, or not for IMAP" : ""
        throw .unreachable("the TLS handshake with \(host) failed: \(TLSErrorQueue.drain())\(advice)")
    }

    /// Decrypts into `buffer`, which must not be empty. At most one record (16 KiB) at a time.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(IMAPClientError) -> Read {
        ERR_clear_error()
        var count = 0
        let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
        if result == 1 { return .octets(count) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            ERR_clear_error()
            return .blocked
        case SSL_ERROR_ZERO_RETURN:
            return .ended
        default:
            throw .disconnected("TLS with \(host) broke off: \(TLSErrorQueue.drain())")
        }
    }

    /// Encrypts octets; what comes out waits in `takeOutput`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(IMAPClientError) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        ERR_clear_error()
        var count = 0
        // Without SSL_MODE_ENABLE_PARTIAL_WRITE, and over a memory BIO that takes everything, all or nothing is
        // written.
        guard SSL_write_ex(ssl, base, bytes.count, &count) == 1, count == bytes.count else {
            throw .disconnected("TLS with \(host) broke off: \(TLSErrorQueue.drain())")
        }
    }

    /// Says that nothing more will be written (close_notify).
    func end() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Appends what has to go to the socket.
    func takeOutput(into buffer: inout ByteBuffer) {
        let pending = Int(clamping: BIO_ctrl_pending(outgoing))
        guard pending > 0 else { return }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
            max(0, Int(BIO_read(outgoing, space.baseAddress, Int32(clamping: pending))))
        }
    }

    /// Protocol and cipher, for the log.
    var summary: String {
        let version = SSL_get_version(ssl).map { String(cString: $0) } ?? "TLS"
        let cipher = SSL_get_current_cipher(ssl).flatMap { SSL_CIPHER_get_name($0) }.map { String(cString: $0) } ?? "?"
        return "\(version) \(cipher)"
    }
}
